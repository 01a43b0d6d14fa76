"use strict";
/* Reads one item of every kind with ews-javascript-api, writes one of every kind into another mailbox and reads those.
   Prints what it saw as one JSON document.

   node kinds.cjs URL LOGIN FIRST LAST WRITER       EWS_PASSWORD in the environment, of both mailboxes
   FIRST and LAST are the two ends of a calendar view, in ISO 8601. */

const ews = require("ews-javascript-api");
const { appointment, list, optional, time } = require("./appointment.cjs");
const { write } = require("./writing.cjs");

const [url, login, first, last, writer] = process.argv.slice(2);

function signedIn(name) {
  const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
  service.Url = new ews.Uri(url);
  service.Credentials = new ews.WebCredentials(name, process.env.EWS_PASSWORD);
  return service;
}

const day = (value) => time(value).slice(0, 10);

const READERS = {
  EmailMessage: (item) => ({ sender: item.From.Address, read: item.IsRead }),
  PostItem: (item) => ({ sender: optional(() => item.From.Address) }),
  Appointment: appointment,
  Contact: (item) => ({
    display_name: item.DisplayName,
    file_as: item.FileAs,
    company: item.CompanyName,
    address: item.EmailAddresses._getItem(ews.EmailAddressKey.EmailAddress1).Address,
    phone: item.PhoneNumbers._getItem(ews.PhoneNumberKey.BusinessPhone),
    city: item.PhysicalAddresses._getItem(ews.PhysicalAddressKey.Home).City,
    birthday: day(item.Birthday),
  }),
  ContactGroup: (item) => ({ members: list(item.Members).map((one) => one.AddressInformation.Address) }),
  Task: (item) => ({
    status: ews.TaskStatus[item.Status],
    percent: item.PercentComplete,
    complete: item.IsComplete,
    due: optional(() => day(item.DueDate)),
    completed: optional(() => day(item.CompleteDate)),
  }),
  MeetingRequest: (item) => ({
    start: time(item.Start),
    request: ews.MeetingRequestType[item.MeetingRequestType],
    organizer: item.Organizer.Address,
    met: item.AssociatedAppointmentId !== null,
    processed: item.HasBeenProcessed,
    conflicts: item.ConflictingMeetingCount,
  }),
  MeetingResponse: (item) => ({ answer: ews.MeetingResponseType[item.ResponseType], old: item.IsOutOfDate }),
  MeetingCancellation: (item) => ({ old: item.IsOutOfDate, processed: item.HasBeenProcessed }),
};

/* What first-class properties leave out. */
const MORE = { MeetingRequest: () => [ews.MeetingRequestSchema.ConflictingMeetingCount] };

async function items(service, folder) {
  const page = await service.FindItems(folder, new ews.ItemView(100));
  const seen = [];
  for (const item of page.Items) {
    const kind = item.constructor.name;
    const wanted = new ews.PropertySet(ews.BasePropertySet.FirstClassProperties, (MORE[kind] || (() => []))());
    await item.Load(wanted);
    const read = READERS[kind];
    seen.push({ id: item.Id.UniqueId, kind, subject: item.Subject, categories: list(item.Categories), ...(read ? read(item) : {}) });
  }
  return seen;
}

async function view(service) {
  const asked = new ews.CalendarView(ews.DateTime.Parse(first), ews.DateTime.Parse(last));
  const page = await service.FindAppointments(ews.WellKnownFolderName.Calendar, asked);
  return page.Items.map((one) => [one.Subject, time(one.Start), ews.AppointmentType[one.AppointmentType]]);
}

async function rules(service) {
  return list(await service.GetInboxRules()).map((one) => [one.DisplayName, one.IsEnabled, one.Priority]);
}

async function groups(service) {
  const page = await service.FindItems(ews.WellKnownFolderName.Contacts, new ews.ItemView(100));
  const group = page.Items.find((one) => one.constructor.name === "ContactGroup");
  return (await service.ExpandGroup(group.Id)).Members.map((one) => one.Address);
}

async function folders(service) {
  const seen = {};
  for (const name of ["Inbox", "Calendar", "Contacts", "Tasks"]) {
    seen[name] = await items(service, ews.WellKnownFolderName[name]);
  }
  return seen;
}

async function main() {
  const service = signedIn(login);
  const seen = await folders(service);
  seen.view = await view(service);
  seen.rules = await rules(service);
  seen.expanded = await groups(service);
  const found = await service.ResolveName(login);
  seen.resolved = list(found).map((one) => one.Mailbox.Address);
  const other = signedIn(writer);
  seen.refused = await write(other, writer);
  seen.written = await folders(other);
  return seen;
}

main()
  .then((seen) => console.log(JSON.stringify(seen)))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });

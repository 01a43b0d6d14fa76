"use strict";
/* Reads everything that is not plain mail with ews-javascript-api and prints it as one JSON document.

   node kinds.cjs URL LOGIN FIRST LAST       EWS_PASSWORD in the environment
   FIRST and LAST are the two ends of a calendar view, in ISO 8601. */

const ews = require("ews-javascript-api");

const [url, login, first, last] = process.argv.slice(2);
const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
service.Url = new ews.Uri(url);
service.Credentials = new ews.WebCredentials(login, process.env.EWS_PASSWORD);

const time = (value) => value.ToISOString();
const day = (value) => time(value).slice(0, 10);
const list = (collection) => collection.GetEnumerator();

/* A property that an item does not have is one that this client throws for. */
function optional(read) {
  try {
    const value = read();
    return value === undefined ? null : value;
  } catch {
    return null;
  }
}

const READERS = {
  EmailMessage: (item) => ({ sender: item.From.Address, read: item.IsRead }),
  PostItem: (item) => ({ sender: item.From.Address }),
  Appointment: (item) => ({
    start: time(item.Start),
    end: time(item.End),
    all_day: item.IsAllDayEvent,
    location: item.Location,
    busy: ews.LegacyFreeBusyStatus[item.LegacyFreeBusyStatus],
    reminder: item.ReminderMinutesBeforeStart,
    type: ews.AppointmentType[item.AppointmentType],
    zone: item.TimeZone,
    organizer: item.Organizer.Address,
    attendees: list(item.RequiredAttendees).map((one) => one.Address),
    pattern: optional(() => item.Recurrence.constructor.name),
    modified: optional(() => list(item.ModifiedOccurrences).map((one) => time(one.OriginalStart))),
    deleted: optional(() => list(item.DeletedOccurrences).map((one) => time(one.OriginalStart))),
  }),
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

async function items(folder) {
  const page = await service.FindItems(folder, new ews.ItemView(100));
  const seen = [];
  for (const item of page.Items) {
    const kind = item.constructor.name;
    const wanted = new ews.PropertySet(ews.BasePropertySet.FirstClassProperties, (MORE[kind] || (() => []))());
    await item.Load(wanted);
    const read = READERS[kind];
    seen.push({ kind, subject: item.Subject, categories: list(item.Categories), ...(read ? read(item) : {}) });
  }
  return seen;
}

async function view() {
  const asked = new ews.CalendarView(ews.DateTime.Parse(first), ews.DateTime.Parse(last));
  const page = await service.FindAppointments(ews.WellKnownFolderName.Calendar, asked);
  return page.Items.map((one) => [one.Subject, time(one.Start), ews.AppointmentType[one.AppointmentType]]);
}

async function rules() {
  return list(await service.GetInboxRules()).map((one) => [one.DisplayName, one.IsEnabled, one.Priority]);
}

async function groups() {
  const page = await service.FindItems(ews.WellKnownFolderName.Contacts, new ews.ItemView(100));
  const group = page.Items.find((one) => one.constructor.name === "ContactGroup");
  return (await service.ExpandGroup(group.Id)).Members.map((one) => one.Address);
}

async function main() {
  const seen = {};
  for (const name of ["Inbox", "Calendar", "Contacts", "Tasks"]) {
    seen[name] = await items(ews.WellKnownFolderName[name]);
  }
  seen.view = await view();
  seen.rules = await rules();
  seen.expanded = await groups();
  const found = await service.ResolveName(login);
  seen.resolved = list(found).map((one) => one.Mailbox.Address);
  return seen;
}

main()
  .then((seen) => console.log(JSON.stringify(seen)))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });

"use strict";
/* Reads the items of a mailbox, but for mail, with ews-javascript-api: what each calendar shows and what lies in it,
   contacts, contact groups and whom they reach, and tasks. Folders are found by their classes.
   Prints what it saw as one JSON document.

   node mailbox.cjs URL LOGIN VERSION YEAR…      EWS_PASSWORD in the environment; calendars are looked at in these years */

const ews = require("ews-javascript-api");
const { connected, list, optional, time } = require("./appointment.cjs");
const { told: toldOfAppointment } = require("./calendars.cjs");
const { told: toldOfItem } = require("./people.cjs");

const AT_ONCE = 100;
const FIRST_CLASS = new ews.PropertySet(ews.BasePropertySet.FirstClassProperties);
const SHOWN = new ews.PropertySet(ews.BasePropertySet.IdOnly, ["Subject", "Start", "End", "IsAllDayEvent", "Location",
  "LegacyFreeBusyStatus", "AppointmentType"].map((name) => ews.AppointmentSchema[name]).concat(ews.ItemSchema.Sensitivity));
const KINDS = { "IPF.Appointment": "calendars", "IPF.Contact": "contacts", "IPF.Task": "tasks" };

async function folders(service) {
  const found = [];
  const view = new ews.FolderView(AT_ONCE);
  view.Traversal = ews.FolderTraversal.Deep;
  for (;;) {
    const page = await service.FindFolders(ews.WellKnownFolderName.MsgFolderRoot, view);
    found.push(...page.Folders);
    if (!page.MoreAvailable) return found;
    view.Offset = found.length;
  }
}

async function lying(service, folder) {
  const found = [];
  const view = new ews.ItemView(AT_ONCE);
  for (;;) {
    const page = await service.FindItems(folder.Id, view);
    if (page.Items.length) await service.LoadPropertiesForItems(page.Items, FIRST_CLASS);
    found.push(...page.Items);
    if (!page.MoreAvailable) return found;
    view.Offset = page.NextPageOffset;
  }
}

async function shown(service, folder, begin, end) {
  const view = new ews.CalendarView(new ews.DateTime(begin), new ews.DateTime(end));
  view.PropertySet = SHOWN;
  const page = await service.FindAppointments(folder.Id, view);
  if (!page.MoreAvailable) return page.Items.map(toldOfOccurrence);
  const middle = (begin + end) / 2;
  return [...await shown(service, folder, begin, middle), ...await shown(service, folder, middle, end)];
}

function toldOfOccurrence(item) {
  return {
    id: item.Id.UniqueId,
    subject: item.Subject,
    start: time(item.Start),
    end: time(item.End),
    all_day: item.IsAllDayEvent,
    place: optional(() => item.Location),
    busy: ews.LegacyFreeBusyStatus[item.LegacyFreeBusyStatus],
    sensitivity: ews.Sensitivity[item.Sensitivity],
    type: ews.AppointmentType[item.AppointmentType],
  };
}

const addresses = (collection) => list(collection).map((one) => one.Address);

function whole(item) {
  return {
    ...toldOfAppointment(item),
    guests: [item.RequiredAttendees, item.OptionalAttendees, item.Resources].map(addresses),
  };
}

/* Each appointment, and behind a series the occurrences that have something of their own. */
async function appointments(service, folder) {
  const found = [];
  for (const item of await lying(service, folder)) {
    const changed = optional(() => list(item.ModifiedOccurrences)) || [];
    const own = changed.length ? (await service.BindToItems(changed.map((one) => one.ItemId), FIRST_CLASS)).Responses : [];
    found.push({ ...whole(item), own: own.map((one) => whole(one.Item)) });
  }
  return found;
}

const yearly = (year) => [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)];

async function calendar(service, folder, years) {
  const views = [];
  for (const year of years) views.push(...await shown(service, folder, ...yearly(Number(year))));
  return { views, items: await appointments(service, folder) };
}

/* The picture of a contact in base64. */
async function photo(item) {
  if (!optional(() => item.HasPicture)) return "";
  const found = item.GetContactPictureAttachment();
  await found.Load();
  return found.Base64Content;
}

async function items(service, folder) {
  const found = [];
  for (const item of await lying(service, folder)) {
    found.push({ ...await toldOfItem(service, item), photo: await photo(item) });
  }
  return found;
}

async function main(url, login, version, ...years) {
  const service = connected(url, login, version);
  const seen = { calendars: {}, contacts: {}, tasks: {} };
  for (const folder of await folders(service)) {
    const kind = KINDS[folder.FolderClass];
    if (kind) {
      seen[kind][folder.DisplayName] = kind === "calendars"
        ? await calendar(service, folder, years) : await items(service, folder);
    }
  }
  return seen;
}

main(...process.argv.slice(2))
  .then((seen) => console.log(JSON.stringify(seen)))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });

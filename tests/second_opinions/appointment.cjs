"use strict";
/* What ews-javascript-api sees of an appointment. Run by itself it prints all of a calendar as one JSON document.

   node appointment.cjs URL LOGIN       EWS_PASSWORD in the environment */

const ews = require("ews-javascript-api");

const time = (value) => value.ToISOString();
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

function connected(url, login, version = "Exchange2013") {
  const service = new ews.ExchangeService(ews.ExchangeVersion[version]);
  service.Url = new ews.Uri(url);
  service.Credentials = new ews.WebCredentials(login, process.env.EWS_PASSWORD);
  return service;
}

const people = (collection) => optional(() => list(collection).map((one) => [one.Name, one.Address]));

function appointment(item) {
  return {
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
  };
}

/* What of an appointment stays the same in another mailbox. */
function kept(item) {
  const { zone, organizer, ...seen } = appointment(item);
  return {
    ...seen,
    subject: item.Subject,
    body: item.Body.Text,
    uid: item.ICalUid,
    categories: list(item.Categories),
    importance: ews.Importance[item.Importance],
    sensitivity: ews.Sensitivity[item.Sensitivity],
    remind: item.IsReminderSet,
    people: [item.RequiredAttendees, item.OptionalAttendees, item.Resources].map(people),
    interval: optional(() => item.Recurrence.Interval),
    first: optional(() => time(item.Recurrence.StartDate)),
    last: optional(() => time(item.Recurrence.EndDate)),
    number: optional(() => item.Recurrence.NumberOfOccurrences),
    files: optional(() => list(item.Attachments).map((one) => one.Name)),
    moved: optional(() => list(item.ModifiedOccurrences).map((one) => [time(one.Start), time(one.End)])),
  };
}

async function main(url, login) {
  const service = connected(url, login);
  const page = await service.FindItems(ews.WellKnownFolderName.Calendar, new ews.ItemView(100));
  for (const item of page.Items) {
    await item.Load(new ews.PropertySet(ews.BasePropertySet.FirstClassProperties));
  }
  return page.Items.map(kept);
}

module.exports = { appointment, connected, list, optional, time };

if (require.main === module) {
  main(...process.argv.slice(2))
    .then((seen) => console.log(JSON.stringify(seen)))
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
}

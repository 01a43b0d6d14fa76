"use strict";
/* Reads a calendar with ews-javascript-api: each appointment and series, and each occurrence that has something of its own.
   Prints what it saw as one JSON document.

   node calendars.cjs URL LOGIN VERSION       EWS_PASSWORD in the environment; VERSION is one of ExchangeVersion */

const ews = require("ews-javascript-api");
const { connected, list, optional, time } = require("./appointment.cjs");

const person = (one) => [one.Name, one.Address, ews.MeetingResponseType[one.ResponseType]];
const span = (one) => [time(one.OriginalStart), time(one.Start), time(one.End)];

const RECURRENCE = ["Interval", "DayOfMonth", "Month", "DayOfTheWeek", "DayOfTheWeekIndex", "FirstDayOfWeek",
  "NumberOfOccurrences", "HasEnd"];

function recurrence(item) {
  const rule = item.Recurrence;
  const numbers = RECURRENCE.map((name) => [name, optional(() => rule[name])]);
  return {
    pattern: rule.constructor.name,
    ...Object.fromEntries(numbers),
    days: optional(() => rule.DaysOfTheWeek.ToString()),
    start: optional(() => time(rule.StartDate)),
    end: optional(() => time(rule.EndDate)),
  };
}

function told(item) {
  return {
    subject: item.Subject,
    body: [ews.BodyType[item.Body.BodyType], item.Body.Text],
    start: time(item.Start),
    end: time(item.End),
    all_day: item.IsAllDayEvent,
    location: optional(() => item.Location),
    busy: ews.LegacyFreeBusyStatus[item.LegacyFreeBusyStatus],
    reminder: [item.IsReminderSet, item.ReminderMinutesBeforeStart],
    type: ews.AppointmentType[item.AppointmentType],
    zone: item.TimeZone,
    uid: optional(() => item.ICalUid),
    sensitivity: ews.Sensitivity[item.Sensitivity],
    importance: ews.Importance[item.Importance],
    categories: list(item.Categories),
    meeting: [item.IsMeeting, item.IsCancelled, item.MeetingRequestWasSent, item.AppointmentSequenceNumber,
      item.AppointmentState, ews.MeetingResponseType[item.MyResponseType]],
    organizer: [item.Organizer.Name, item.Organizer.Address],
    attendees: list(item.RequiredAttendees).map(person),
    attachments: list(item.Attachments).map((one) => [one.constructor.name, one.Name, one.Size]),
    recurrence: optional(() => recurrence(item)),
    modified: optional(() => list(item.ModifiedOccurrences).map(span)),
    deleted: optional(() => list(item.DeletedOccurrences).map((one) => time(one.OriginalStart))),
  };
}

async function main(url, login, version) {
  const service = connected(url, login, version);
  const seen = {};
  const page = await service.FindItems(ews.WellKnownFolderName.Calendar, new ews.ItemView(500));
  for (const item of page.Items) {
    await item.Load(new ews.PropertySet(ews.BasePropertySet.FirstClassProperties));
    const own = optional(() => list(item.ModifiedOccurrences)) || [];
    const found = [told(item)];
    for (const one of own) {
      found.push(told(await ews.Appointment.Bind(service, one.ItemId)));
    }
    seen[item.Subject] = found;
  }
  return seen;
}

module.exports = { told };

if (require.main === module) {
  main(...process.argv.slice(2))
    .then((seen) => console.log(JSON.stringify(seen)))
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
}

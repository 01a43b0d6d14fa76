"use strict";
/* Reads contacts, contact groups, tasks and notes with ews-javascript-api, and whom each group reaches.
   Prints what it saw as one JSON document: lists of what each item says, by folder.

   node people.cjs URL LOGIN VERSION       EWS_PASSWORD in the environment; VERSION is one of ExchangeVersion */

const ews = require("ews-javascript-api");
const { connected, list, optional, time } = require("./appointment.cjs");

const TEXTS = ["Subject", "FileAs", "DisplayName", "GivenName", "Initials", "MiddleName", "NickName", "CompanyName",
  "AssistantName", "BusinessHomePage", "Department", "Generation", "JobTitle", "Manager", "Mileage", "OfficeLocation",
  "Profession", "SpouseName", "Surname", "ActualWork", "TotalWork", "BillingInformation", "Culture", "ItemClass",
  "PercentComplete", "IsRecurring", "IsComplete", "IsReminderSet", "ReminderMinutesBeforeStart", "HasPicture"];
const TIMES = ["Birthday", "WeddingAnniversary", "StartDate", "DueDate", "CompleteDate", "ReminderDueBy"];
const LISTS = ["Children", "Companies", "Contacts", "Categories"];
const CHOICES = {
  FileAsMapping: "FileAsMapping", PostalAddressIndex: "PhysicalAddressIndex", Status: "TaskStatus",
  Importance: "Importance", Sensitivity: "Sensitivity",
};
const NAMES = ["Title", "GivenName", "MiddleName", "Surname", "Suffix", "Initials", "FullName", "NickName",
  "YomiGivenName", "YomiSurname"];
const PARTS = ["Street", "City", "State", "CountryOrRegion", "PostalCode"];
const PATTERN = ["Interval", "DayOfMonth", "Month", "DayOfTheWeek", "DayOfTheWeekIndex", "FirstDayOfWeek",
  "NumberOfOccurrences"];
const NOTE = new ews.Guid("0006200E-0000-0000-C000-000000000046");
const LOOKS = [0x8b00, 0x8b02, 0x8b03].map((number) => new ews.ExtendedPropertyDefinition(NOTE, number, ews.MapiPropertyType.Integer));

const fields = (names, read) => Object.fromEntries(names.map((name) => [name, optional(() => read(name))]));
const keys = (choices) => Object.keys(choices).filter((name) => Number.isNaN(Number(name)));

function entries(item, holder, choices, read) {
  return fields(keys(choices), (key) => read(item[holder]._getItem(choices[key])));
}

function recurrence(item) {
  const rule = item.Recurrence;
  return {
    pattern: rule.constructor.name,
    ...fields(PATTERN, (name) => rule[name]),
    days: optional(() => rule.DaysOfTheWeek.ToString()),
    start: optional(() => time(rule.StartDate)),
    end: optional(() => time(rule.EndDate)),
  };
}

const member = (one) => [one.AddressInformation.Name, one.AddressInformation.Address, one.AddressInformation.RoutingType,
  ews.MailboxType[one.AddressInformation.MailboxType], ews.MemberStatus[one.Status]];

/* `service` is asked whom a group reaches. */
async function told(service, item) {
  const seen = {
    kind: item.constructor.name,
    ...fields(TEXTS, (name) => item[name]),
    ...fields(TIMES, (name) => time(item[name])),
    ...fields(LISTS, (name) => list(item[name])),
    ...fields(Object.keys(CHOICES), (name) => ews[CHOICES[name]][item[name]]),
    body: optional(() => [ews.BodyType[item.Body.BodyType], item.Body.Text]),
    name: fields(NAMES, (name) => item.CompleteName[name]),
    mails: entries(item, "EmailAddresses", ews.EmailAddressKey, (one) => [one.Name, one.Address, one.RoutingType]),
    phones: entries(item, "PhoneNumbers", ews.PhoneNumberKey, (one) => one),
    chats: entries(item, "ImAddresses", ews.ImAddressKey, (one) => one),
    places: entries(item, "PhysicalAddresses", ews.PhysicalAddressKey, (one) => fields(PARTS, (name) => one[name])),
    members: optional(() => list(item.Members).map(member)),
    recurrence: optional(() => recurrence(item)),
    files: optional(() => list(item.Attachments).map((one) => [one.constructor.name, one.Name, one.IsContactPhoto])),
    looks: optional(() => list(item.ExtendedProperties).map((one) => one.Value)),
  };
  if (seen.kind === "ContactGroup") {
    seen.reaches = (await service.ExpandGroup(item.Id)).Members.map((one) => [one.Name, one.Address]);
  }
  return seen;
}

async function main(url, login, version) {
  const service = connected(url, login, version);
  const seen = {};
  for (const name of ["Contacts", "Tasks", "Notes"]) {
    const page = await service.FindItems(ews.WellKnownFolderName[name], new ews.ItemView(500));
    seen[name] = [];
    for (const item of page.Items) {
      await item.Load(new ews.PropertySet(ews.BasePropertySet.FirstClassProperties, LOOKS));
      seen[name].push(await told(service, item));
    }
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

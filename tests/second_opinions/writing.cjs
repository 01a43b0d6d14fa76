"use strict";
/* Writes one item of every kind that ews-javascript-api knows, and what is no item: an answer, rules, out of office.

   This release does not escape the text of a body, sends an attachment of a new item twice, and cannot read an answer
   that holds no items: hence plain text, an attachment that comes later, and what `answer` forgives. */

const ews = require("ews-javascript-api");

const { Appointment, ConflictResolutionMode, DateTime, EmailAddress, WellKnownFolderName } = ews;
const utc = (text) => DateTime.Parse(text);
const plain = (text) => new ews.MessageBody(ews.BodyType.Text, text);
const NOBODY = ews.SendInvitationsMode.SendToNone;
const PARIS = ews.TimeZoneInfo.FindSystemTimeZoneById("Romance Standard Time");

async function message(service) {
  const one = new ews.EmailMessage(service);
  one.Subject = "Written";
  one.Body = plain("Ein Stück");
  one.From = new EmailAddress("Ann Müller", "ann@example.com");
  one.ToRecipients.Add(new EmailAddress("Bob", "bob@example.com"));
  one.CcRecipients.Add("cy@example.com");
  one.BccRecipients.Add("dan@example.com");
  one.Importance = ews.Importance.High;
  one.Categories.Add("Blue");
  one.IsRead = true;
  await one.Save(WellKnownFolderName.Inbox);
  one.Attachments.AddFileAttachment("plan.txt", Buffer.from("the plan").toString("base64"));
  await one.Update(ConflictResolutionMode.AlwaysOverwrite);
}

async function post(service) {
  const one = new ews.PostItem(service);
  one.Subject = "Posted";
  one.Body = plain("For all");
  await one.Save(WellKnownFolderName.Inbox);
}

async function appointments(service) {
  const visit = new Appointment(service);
  visit.Subject = "Visit";
  visit.Body = plain("Bring cake");
  visit.StartTimeZone = PARIS;
  visit.Start = utc("2024-04-02T12:00:00Z");
  visit.End = utc("2024-04-02T13:30:00Z");
  visit.Location = "Roof";
  visit.LegacyFreeBusyStatus = ews.LegacyFreeBusyStatus.OOF;
  visit.ReminderMinutesBeforeStart = 30;
  visit.Categories.Add("Blue");
  visit.RequiredAttendees.Add("Guest", "guest@example.net");
  visit.OptionalAttendees.Add("maybe@example.net");
  await visit.Save(NOBODY);
  const holiday = new Appointment(service);
  holiday.Subject = "Holiday";
  holiday.StartTimeZone = PARIS;
  holiday.Start = utc("2024-03-31T22:00:00Z");
  holiday.End = utc("2024-04-01T22:00:00Z");
  holiday.IsAllDayEvent = true;
  await holiday.Save(NOBODY);
}

async function series(service) {
  const round = new Appointment(service);
  round.Subject = "Round";
  round.StartTimeZone = PARIS;
  round.Start = utc("2024-03-25T08:00:00Z");
  round.End = utc("2024-03-25T09:00:00Z");
  round.Recurrence = new ews.Recurrence.WeeklyPattern(round.Start, 1, [ews.DayOfTheWeek.Monday]);
  round.Recurrence.NumberOfOccurrences = 4;
  await round.Save(NOBODY);
  const second = await Appointment.BindToOccurrence(service, round.Id, 2);
  second.Subject = "Round, moved";
  second.Start = utc("2024-04-02T09:00:00Z");
  second.End = utc("2024-04-02T10:00:00Z");
  await second.Update(ConflictResolutionMode.AlwaysOverwrite, ews.SendInvitationsOrCancellationsMode.SendToNone);
  const third = await Appointment.BindToOccurrence(service, round.Id, 3);
  await third.Delete(ews.DeleteMode.HardDelete, ews.SendCancellationsMode.SendToNone);
}

async function people(service) {
  const ann = new ews.Contact(service);
  ann.Body = plain("A friend");
  ann.GivenName = "Ann";
  ann.Surname = "Müller";
  ann.FileAsMapping = ews.FileAsMapping.SurnameCommaGivenName;
  ann.CompanyName = "Example";
  ann.EmailAddresses._setItem(ews.EmailAddressKey.EmailAddress1, new EmailAddress("ann@example.com"));
  ann.PhoneNumbers._setItem(ews.PhoneNumberKey.BusinessPhone, "+49 30 1");
  const home = new ews.PhysicalAddressEntry();
  home.City = "Łódź";
  ann.PhysicalAddresses._setItem(ews.PhysicalAddressKey.Home, home);
  ann.Birthday = utc("1970-02-03T00:00:00Z");
  await ann.Save();
  const team = new ews.ContactGroup(service);
  team.DisplayName = "Team";
  team.Members.AddOneOff("Ann", "ann@example.com");
  team.Members.AddOneOff("Bob", "bob@example.com");
  await team.Save();
}

async function tasks(service) {
  const open = new ews.Task(service);
  open.Subject = "Write";
  open.DueDate = utc("2024-04-05T00:00:00Z");
  open.PercentComplete = 40;
  await open.Save();
  const done = new ews.Task(service);
  done.Subject = "Read";
  await done.Save();
  done.CompleteDate = utc("2024-03-02T00:00:00Z");
  await done.Update(ConflictResolutionMode.AlwaysOverwrite);
}

async function answer(service) {
  const page = await service.FindItems(WellKnownFolderName.Inbox, new ews.ItemView(10));
  const request = page.Items.find((one) => one.constructor.name === "MeetingRequest");
  try {
    await request.Accept(false);
  } catch (error) {
    if (error.message !== "items is not iterable") throw error;
  }
}

async function rules(service) {
  const rule = new ews.Rule();
  rule.DisplayName = "Bills";
  rule.Priority = 1;
  rule.IsEnabled = true;
  rule.Conditions.ContainsSubjectStrings.Add("bill");
  rule.Exceptions.FromAddresses.Add(new EmailAddress("boss@example.org"));
  rule.Actions.MoveToFolder = new ews.FolderId(WellKnownFolderName.JunkEmail);
  await service.UpdateInboxRules([new ews.CreateRuleOperation(rule)], true);
  const [made] = (await service.GetInboxRules()).GetEnumerator();
  made.DisplayName = "Bills and dues";
  made.Actions.StopProcessingRules = true;
  await service.UpdateInboxRules([new ews.SetRuleOperation(made)], true);
}

async function away(service, login) {
  const settings = new ews.OofSettings();
  settings.State = ews.OofState.Enabled;
  settings.ExternalAudience = ews.OofExternalAudience.Known;
  settings.InternalReply = new ews.OofReply("Away till May");
  settings.ExternalReply = new ews.OofReply("Away");
  await service.SetUserOofSettings(login, settings);
}

const STEPS = { message, post, appointments, series, people, tasks, answer, rules, away };

/* What was refused, by the name of the step. */
exports.write = async (service, login) => {
  const refused = {};
  for (const [name, step] of Object.entries(STEPS)) {
    try {
      await step(service, login);
    } catch (error) {
      refused[name] = `${error.message || error} ${error.stack || ""}`;
    }
  }
  return refused;
};

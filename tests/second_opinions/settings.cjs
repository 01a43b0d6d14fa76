"use strict";
/* Reads inbox rules and the out-of-office with ews-javascript-api. Prints what it saw as one JSON document.

   node settings.cjs URL LOGIN VERSION       EWS_PASSWORD in the environment; VERSION is one of ExchangeVersion */

const ews = require("ews-javascript-api");
const { connected, list, optional, time } = require("./appointment.cjs");

const STRINGS = ["Categories", "ContainsBodyStrings", "ContainsHeaderStrings", "ContainsRecipientStrings",
  "ContainsSenderStrings", "ContainsSubjectOrBodyStrings", "ContainsSubjectStrings", "ItemClasses"];
const ADDRESSES = ["FromAddresses", "SentToAddresses"];
const FLAGS = ["HasAttachments", "IsApprovalRequest", "IsAutomaticForward", "IsAutomaticReply", "IsEncrypted",
  "IsMeetingRequest", "IsMeetingResponse", "IsNonDeliveryReport", "IsPermissionControlled", "IsReadReceipt", "IsSigned",
  "IsVoicemail", "NotSentToMe", "SentCcMe", "SentOnlyToMe", "SentToMe", "SentToOrCcMe"];

const address = (one) => one.Address;
const folder = (one) => (one && one.UniqueId) || null;
const filled = (pairs) => Object.fromEntries(pairs.filter(([, value]) => value !== null && value !== false
  && !(Array.isArray(value) && !value.length)));

function predicates(of) {
  const size = of.WithinSizeRange;
  return filled([
    ...STRINGS.map((name) => [name, list(of[name])]),
    ...ADDRESSES.map((name) => [name, list(of[name]).map(address)]),
    ...FLAGS.map((name) => [name, of[name]]),
    ["MinimumSize", optional(() => size.MinimumSize)], ["MaximumSize", optional(() => size.MaximumSize)],
    ["Importance", optional(() => ews.Importance[of.Importance])],
    ["Sensitivity", optional(() => ews.Sensitivity[of.Sensitivity])],
  ]);
}

function toldOfRule(rule) {
  const does = rule.Actions;
  return {
    name: rule.DisplayName,
    priority: rule.Priority,
    enabled: rule.IsEnabled,
    wrong: [rule.IsNotSupported, rule.IsInError],
    conditions: predicates(rule.Conditions),
    exceptions: predicates(rule.Exceptions),
    actions: filled([
      ["AssignCategories", list(does.AssignCategories)], ["MoveToFolder", folder(does.MoveToFolder)],
      ["CopyToFolder", folder(does.CopyToFolder)], ["MarkAsRead", does.MarkAsRead], ["Delete", does.Delete],
      ["PermanentDelete", does.PermanentDelete], ["StopProcessingRules", does.StopProcessingRules],
      ["ForwardToRecipients", list(does.ForwardToRecipients).map(address)],
      ["RedirectToRecipients", list(does.RedirectToRecipients).map(address)],
    ]),
  };
}

function toldOfAway(settings) {
  return {
    state: ews.OofState[settings.State],
    audience: ews.OofExternalAudience[settings.ExternalAudience],
    begin: optional(() => time(settings.Duration.StartTime)),
    end: optional(() => time(settings.Duration.EndTime)),
    replies: [settings.InternalReply.Message, settings.ExternalReply.Message],
  };
}

async function folders(service) {
  const view = new ews.FolderView(500);
  view.Traversal = ews.FolderTraversal.Deep;
  const page = await service.FindFolders(ews.WellKnownFolderName.MsgFolderRoot, view);
  return page.Folders.map((one) => [one.Id.UniqueId, one.ParentFolderId.UniqueId, one.DisplayName]);
}

async function main(url, login, version) {
  const service = connected(url, login, version);
  return {
    folders: await folders(service),
    rules: list(await service.GetInboxRules()).map(toldOfRule),
    away: toldOfAway(await service.GetUserOofSettings(login)),
  };
}

main(...process.argv.slice(2))
  .then((seen) => console.log(JSON.stringify(seen)))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });

"use strict";
/* Walks a mailbox with ews-javascript-api and prints everything it saw as one JSON document.

   node walk.cjs URL LOGIN GUID NAME       EWS_PASSWORD in the environment
   GUID and NAME are the named property to read beside each item. */

const ews = require("ews-javascript-api");

const FOLDERS_A_PAGE = 3;       // small pages: paging is part of what is looked at
const ITEMS_A_PAGE = 20;
const CHANGES_A_PAGE = 16;

const [url, login, guid, name] = process.argv.slice(2);
const tag = new ews.ExtendedPropertyDefinition(new ews.Guid(guid), name, ews.MapiPropertyType.String);
const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
service.Url = new ews.Uri(url);
service.Credentials = new ews.WebCredentials(login, process.env.EWS_PASSWORD);

async function subfolders(parent) {
  const found = [];
  const view = new ews.FolderView(FOLDERS_A_PAGE);
  for (;;) {
    const page = await service.FindFolders(parent, view);
    found.push(...page.Folders);
    if (!page.MoreAvailable) return found;
    view.Offset += page.Folders.length;     // this release reads the next page's offset and then forgets it
  }
}

async function items(folder) {
  const found = [];
  const view = new ews.ItemView(ITEMS_A_PAGE);
  for (;;) {
    const page = await service.FindItems(folder.Id, view);
    found.push(...page.Items);
    if (!page.MoreAvailable) break;
    view.Offset = page.NextPageOffset;
  }
  if (found.length) {
    const wanted = new ews.PropertySet(ews.BasePropertySet.FirstClassProperties, [ews.ItemSchema.MimeContent, tag]);
    await service.LoadPropertiesForItems(found, wanted);
  }
  return found.map((item) => ({
    id: item.Id.UniqueId,
    subject: item.Subject,
    received: item.DateTimeReceived.ToISOString(),
    sent: item.DateTimeSent.ToISOString(),
    read: item.IsRead,
    draft: item.IsDraft,
    flagged: item.Flag.FlagStatus === ews.ItemFlagStatus.Flagged,
    size: item.Size,
    importance: ews.Importance[item.Importance],
    categories: item.Categories.GetEnumerator(),
    message_id: item.InternetMessageId,
    files: item.Attachments.GetEnumerator().map((attachment) => attachment.Name),
    tag: values(item)[0],
    mime: item.MimeContent.Content,
  }));
}

function values(item) {
  return item.ExtendedProperties.GetEnumerator().map((property) => property.Value);
}

async function synchronized(folder) {
  const found = [];
  const wanted = new ews.PropertySet(ews.BasePropertySet.IdOnly, [tag]);
  let state = null;
  for (;;) {
    const page = await service.SyncFolderItems(
      folder.Id, wanted, null, CHANGES_A_PAGE, ews.SyncFolderItemsScope.NormalItems, state,
    );
    for (const change of page.GetEnumerator()) {
      found.push([ews.ChangeType[change.ChangeType], change.ItemId.UniqueId, values(change.Item)[0]]);
    }
    state = page.SyncState;
    if (!page.MoreChangesAvailable) return found;
  }
}

async function walk(parent, path, seen) {
  for (const folder of await subfolders(parent)) {
    const here = [...path, folder.DisplayName];
    seen.push({
      path: here,
      folder_class: folder.FolderClass,
      total: folder.TotalCount,
      children: folder.ChildFolderCount,
      items: await items(folder),
      synchronized: await synchronized(folder),
    });
    await walk(folder.Id, here, seen);
  }
  return seen;
}

walk(ews.WellKnownFolderName.MsgFolderRoot, [], [])
  .then((seen) => console.log(JSON.stringify(seen)))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });

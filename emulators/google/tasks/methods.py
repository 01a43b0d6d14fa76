"""The methods of the Tasks API, and what its first-party clients do besides."""

from typing import Any

from emulators.google.people import Person
from emulators.google.rest.refusals import invalid, not_emulated, precondition
from emulators.google.rest.room import Request, Room
from emulators.google.rest.values import moment
from emulators.google.tasks.fields import patched
from emulators.google.tasks.lists import TITLE, Account, Task, TaskList, etag, list_answer, task_answer

_BOUNDS = ("completedMin", "completedMax", "dueMin", "dueMax")


class Tasks:
    """All of it, over the accounts that have tasks."""

    def __init__(self, room: Room) -> None:
        """Register the methods and acts."""
        self._room = room
        self._accounts: dict[str, Account] = {}
        for name, work in {"list": self.lists, "get": self.get_list, "insert": self.insert_list,
                           "patch": self.patch_list, "update": self.patch_list, "delete": self.delete_list}.items():
            room.register(f"tasks.tasklists.{name}", work)
        for name, work in {"list": self.tasks, "get": self.get, "insert": self.insert, "patch": self.patch,
                           "update": self.update, "delete": self.delete, "move": self.move,
                           "clear": self.clear}.items():
            room.register(f"tasks.tasks.{name}", work)
        room.register_act("tasks.complete", self.complete)
        room.register_act("tasks.assign", self.assign)

    # -- lists ----------------------------------------------------------------------------------------

    def lists(self, request: Request) -> dict[str, Any]:
        """tasklists.list: the default list first."""
        shown, following = request.page(list(self._account(request).lists.values()), lambda one: one.id)
        return {"kind": "tasks#taskLists", "etag": etag("lists", request.now),
                "items": [list_answer(one, request.base_url) for one in shown], **_next(following)}

    def get_list(self, request: Request) -> dict[str, Any]:
        """tasklists.get."""
        return list_answer(self._list(request), request.base_url)

    def insert_list(self, request: Request) -> dict[str, Any]:
        """tasklists.insert."""
        made = self._account(request).add(_title(request), request.now)
        return list_answer(made, request.base_url)

    def patch_list(self, request: Request) -> dict[str, Any]:
        """tasklists.patch and update: the title is all there is to write."""
        held = self._list(request)
        if "title" in request.given or request.method.id.endswith("update"):
            held.title = _title(request)
        held.updated = request.now
        return list_answer(held, request.base_url)

    def delete_list(self, request: Request) -> None:
        """tasklists.delete; the default list stays (tasks.v1, its parameter)."""
        held, account = self._list(request), self._account(request)
        if held is account.default:
            raise invalid("The default task list cannot be deleted", reason="invalid")
        del account.lists[held.id]

    # -- tasks ----------------------------------------------------------------------------------------

    def tasks(self, request: Request) -> dict[str, Any]:
        """tasks.list, by position, so that a sub-task may come before its parent."""
        held, wanted = self._list(request), request.parameters
        if refused := [name for name in _BOUNDS if name in wanted]:
            raise not_emulated(f"{refused[0]}: whether its bound is inclusive is not said")
        found = [one for one in held.tasks if _shown(one, request)]
        found.sort(key=lambda one: (held.position(one), one.id))
        shown, following = request.page(found, lambda one: one.id)
        return {"kind": "tasks#tasks", "etag": etag(held.id, held.updated),
                "items": [task_answer(held, one, request.base_url) for one in shown], **_next(following)}

    def get(self, request: Request) -> dict[str, Any]:
        """tasks.get."""
        return self._told(request, self._task(request))

    def insert(self, request: Request) -> dict[str, Any]:
        """tasks.insert: first among its siblings, unless `previous` is said."""
        held, account = self._list(request), self._account(request)
        account.check_room(held)
        made = Task(id="")
        patched(made, request.given, request.now)
        held.place(made, request.parameters.get("parent", ""), request.parameters.get("previous", ""))
        made.id = account.new_id()
        held.updated = request.now
        return self._told(request, made)

    def patch(self, request: Request) -> dict[str, Any]:
        """tasks.patch."""
        found = self._task(request)
        patched(found, request.given, request.now)
        return self._told(request, found)

    def update(self, request: Request) -> dict[str, Any]:
        """tasks.update: what is not said is gone."""
        found = self._task(request)
        blank = dict.fromkeys(("title", "notes", "due", "status"))
        patched(found, {**blank, **request.given}, request.now)
        return self._told(request, found)

    def delete(self, request: Request) -> None:
        """tasks.delete, its sub-tasks with it; they are told with showDeleted."""
        held, found = self._list(request), self._task(request)
        for one in (found, *held.siblings(found.id)):
            one.deleted, one.updated = True, request.now

    def move(self, request: Request) -> dict[str, Any]:
        """tasks.move, to another place or another list."""
        held, found, given = self._list(request), self._task(request), request.parameters
        if found.hidden and (given.get("parent") or given.get("previous")):
            raise precondition("A task that is completed and hidden can only be moved to position 0")
        goal = self._account(request).list(given["destinationTasklist"]) if "destinationTasklist" in given else held
        if goal is not held:
            if held.siblings(found.id):
                raise not_emulated("a task with sub-tasks moved to another list")
            goal.place(found, given.get("parent", ""), given.get("previous", ""))
            held.tasks.remove(found)
        else:
            held.place(found, given.get("parent", ""), given.get("previous", ""))
        found.updated = request.now
        return task_answer(goal, found, request.base_url)

    def clear(self, request: Request) -> None:
        """tasks.clear: whatever is completed is hidden from now on."""
        for one in self._list(request).tasks:
            if one.completed and not one.hidden:
                one.hidden, one.updated = True, request.now

    # -- what people do in Google's own clients -------------------------------------------------------

    def complete(self, person: Person, tasklist: str, task: str) -> None:
        """Somebody ticks a task off in a first-party client, which hides it too (tasks.v1, showCompleted)."""
        held, now = self._of(person).list(tasklist), self._room.state.clock()
        found = held.task(task)
        for one in (found, *held.siblings(found.id)):
            patched(one, {"status": "completed"}, now)
            one.hidden = True

    def assign(self, person: Person, title: str, surface: str = "DOCUMENT", due: str | None = None) -> str:
        """Somebody is assigned a task from a document or a space; returns its id in the default list."""
        account, now = self._of(person), self._room.state.clock()
        origin = {"DOCUMENT": {"driveResourceInfo": {"driveFileId": "1abc"}},
                  "SPACE": {"spaceInfo": {"space": "spaces/AAAA"}}}[surface]
        made = Task(id=account.new_id())
        made.fields["assignmentInfo"] = {"surfaceType": surface, "linkToTask": "https://example.org/task", **origin}
        patched(made, {"title": title, "due": due}, now)
        account.default.place(made, "", "")
        return made.id

    def _told(self, request: Request, task: Task) -> dict[str, Any]:
        return task_answer(self._list(request), task, request.base_url)

    def _task(self, request: Request) -> Task:
        return self._list(request).task(request.parameters["task"])

    def _list(self, request: Request) -> TaskList:
        return self._account(request).list(request.parameters["tasklist"])

    def _account(self, request: Request) -> Account:
        return self._of(request.person)

    def _of(self, person: Person) -> Account:
        return self._accounts.setdefault(person.address, Account(person.address, self._room.state.clock()))


def _shown(task: Task, request: Request) -> bool:
    wanted = request.parameters
    if since := wanted.get("updatedMin"):
        try:
            if task.updated < moment(since).timestamp():
                return False
        except ValueError as error:
            raise invalid(f"Invalid value for updatedMin: {since}", parameter="updatedMin") from error
    return ((not task.deleted or wanted.get("showDeleted", False))
            and (not task.hidden or wanted.get("showHidden", False))
            and (not task.completed or wanted.get("showCompleted", True))
            and (not task.assigned or wanted.get("showAssigned", False)))


def _title(request: Request) -> str:
    title = request.given.get("title") or ""
    if not title or len(title) > TITLE:
        raise invalid("The title is missing or too long", reason="invalid")
    return str(title)


def _next(token: str | None) -> dict[str, str]:
    return {} if token is None else {"nextPageToken": token}


def register(room: Room) -> None:
    """Add the methods."""
    Tasks(room)

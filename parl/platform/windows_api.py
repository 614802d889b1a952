"""The calls of Windows that parl makes, typed; each raises OSError where it fails."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import _winapi
import ctypes
import msvcrt
import re
from collections.abc import Callable, Sequence
from ctypes import wintypes
from math import ceil
from typing import Any

_EXTENDED_LIMIT_INFORMATION = 9
_PROCESS_ID_LIST = 3
_KILL_ON_JOB_CLOSE = 0x2000
_CTRL_BREAK_EVENT = 1
_ERROR_MORE_DATA = 234
_ERROR_ALREADY_EXISTS = 183
STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE = (number & 0xFFFFFFFF for number in (-10, -11, -12))
"""The numbers of the standard streams."""
_FILE_TYPE_PIPE = 3
_FILE_NAME_INFO = 2
_NAME_CHARACTERS = 1024
_FILE_SHARE_READ, _FILE_SHARE_WRITE = 1, 2
# What a process handle must allow: to be put in a job (quota, terminate), resumed, waited for,
# and asked for its exit code.
_PROCESS_RIGHTS = 0x0100 | 0x0001 | 0x0800 | 0x100000 | 0x1000
_MINTTY_PIPE = re.compile(r"\\(msys|cygwin)-[0-9a-f]+-pty\d+-(from|to)-master")


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
        ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_ulonglong * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def _raise_on_zero(result: object, _function: object, _arguments: object) -> object:
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result


def _declare(name: str, returns: type, *arguments: type, zero_fails: bool = True) -> Callable[..., Any]:
    function = getattr(_kernel32, name)
    function.restype = returns
    function.argtypes = arguments
    if zero_fails:
        function.errcheck = _raise_on_zero
    # A ctypes function is callable; typeshed knows it by a private name only.
    callable_function: Callable[..., Any] = function
    return callable_function


_BOOL, _DWORD, _HANDLE, _POINTER = wintypes.BOOL, wintypes.DWORD, wintypes.HANDLE, wintypes.LPVOID
_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_close_handle = _declare("CloseHandle", _BOOL, _HANDLE)
_create_job = _declare("CreateJobObjectW", _HANDLE, _POINTER, wintypes.LPCWSTR)
_set_job = _declare("SetInformationJobObject", _BOOL, _HANDLE, ctypes.c_int, _POINTER, _DWORD)
_query_job = _declare(
    "QueryInformationJobObject", _BOOL, _HANDLE, ctypes.c_int, _POINTER, _DWORD, ctypes.POINTER(_DWORD)
)
_assign_to_job = _declare("AssignProcessToJobObject", _BOOL, _HANDLE, _HANDLE)
_terminate_job = _declare("TerminateJobObject", _BOOL, _HANDLE, wintypes.UINT)
_open_process = _declare("OpenProcess", _HANDLE, _DWORD, _BOOL, _DWORD)
_get_exit_code = _declare("GetExitCodeProcess", _BOOL, _HANDLE, ctypes.POINTER(_DWORD))
_create_event = _declare("CreateEventW", _HANDLE, _POINTER, _BOOL, _BOOL, wintypes.LPCWSTR)
_set_event = _declare("SetEvent", _BOOL, _HANDLE)
_reset_event = _declare("ResetEvent", _BOOL, _HANDLE)
_generate_ctrl_event = _declare("GenerateConsoleCtrlEvent", _BOOL, _DWORD, _DWORD)
_count_input = _declare("GetNumberOfConsoleInputEvents", _BOOL, _HANDLE, ctypes.POINTER(_DWORD))
_flush_input = _declare("FlushConsoleInputBuffer", _BOOL, _HANDLE)
_get_console_mode = _declare("GetConsoleMode", _BOOL, _HANDLE, ctypes.POINTER(_DWORD), zero_fails=False)
_get_std_handle = _declare("GetStdHandle", _HANDLE, _DWORD, zero_fails=False)
_get_console_window = _declare("GetConsoleWindow", wintypes.HWND, zero_fails=False)
_get_console_processes = _declare("GetConsoleProcessList", _DWORD, ctypes.POINTER(_DWORD), _DWORD, zero_fails=False)
_create_mutex = _declare("CreateMutexW", _HANDLE, _POINTER, _BOOL, wintypes.LPCWSTR)
_set_std_handle = _declare("SetStdHandle", _BOOL, _DWORD, _HANDLE)
_get_file_type = _declare("GetFileType", _DWORD, _HANDLE, zero_fails=False)
_get_file_information = _declare(
    "GetFileInformationByHandleEx", _BOOL, _HANDLE, ctypes.c_int, _POINTER, _DWORD, zero_fails=False
)

_ntdll = ctypes.WinDLL("ntdll")
_ntdll.NtResumeProcess.restype = wintypes.LONG
_ntdll.NtResumeProcess.argtypes = (_HANDLE,)
_ntdll.RtlNtStatusToDosError.restype = wintypes.ULONG
_ntdll.RtlNtStatusToDosError.argtypes = (wintypes.LONG,)


# Handles


def close_handle(handle: int) -> None:
    """Give *handle* back."""
    _close_handle(handle)


def wait_any(handles: Sequence[int], timeout_seconds: float) -> int | None:
    """Return the place of the first handle that is signalled; None on time-out, or on Ctrl-C in the main thread."""
    milliseconds = max(0, ceil(timeout_seconds * 1000))
    try:
        # Python's own call, since it is the one that Ctrl-C ends.
        answer = _winapi.WaitForMultipleObjects(handles, False, milliseconds)  # noqa: FBT003
    except InterruptedError:
        return None
    return None if answer == _winapi.WAIT_TIMEOUT else answer


# Events


def create_event() -> int:
    """Return an event that stays signalled from ``set_event`` to ``reset_event``."""
    event: int = _create_event(None, True, False, None)  # noqa: FBT003
    return event


def set_event(event: int) -> None:
    """Signal *event*."""
    _set_event(event)


def reset_event(event: int) -> None:
    """Take the signal back."""
    _reset_event(event)


# Processes


def open_process(pid: int) -> int:
    """Return a handle of *pid* for the calls of this module."""
    handle: int = _open_process(_PROCESS_RIGHTS, False, pid)  # noqa: FBT003
    return handle


def resume_process(process: int) -> None:
    """Let a process run that was created suspended."""
    # ResumeThread would need the handle of the first thread, and Popen has closed that.
    status: int = _ntdll.NtResumeProcess(process)
    if status < 0:
        raise ctypes.WinError(_ntdll.RtlNtStatusToDosError(status))


def exit_code(process: int) -> int:
    """Return the exit code of a process that has ended, unsigned as Windows has it."""
    code = wintypes.DWORD()
    _get_exit_code(process, ctypes.byref(code))
    return code.value


def send_ctrl_break(group: int) -> None:
    """Send CTRL_BREAK to the process group *group*.

    Not ``os.kill``: where the event cannot be sent it goes on to terminate the process.
    """
    _generate_ctrl_event(_CTRL_BREAK_EVENT, group)


# Jobs


def create_job() -> int:
    """Return a new Job Object whose processes die with its last handle."""
    job: int = _create_job(None, None)
    set_kill_on_close(job, on=True)
    return job


def set_kill_on_close(job: int, *, on: bool) -> None:
    """Choose whether closing the last handle of *job* kills its processes."""
    limits = _ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE if on else 0
    _set_job(job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits))


def assign_to_job(job: int, process: int) -> None:
    """Put *process*, and with it all that it will start, into *job*."""
    _assign_to_job(job, process)


def job_pids(job: int) -> tuple[int, ...]:
    """Return the living processes of *job*."""
    room = 64
    while (pids := _job_pids(job, room)) is None:
        room *= 4
    return pids


def _job_pids(job: int, room: int) -> tuple[int, ...] | None:
    """Return None where there are more than *room*."""

    class ProcessIdList(ctypes.Structure):
        _fields_ = (
            ("NumberOfAssignedProcesses", wintypes.DWORD),
            ("NumberOfProcessIdsInList", wintypes.DWORD),
            ("ProcessIdList", ctypes.c_size_t * room),
        )

    answer = ProcessIdList()
    try:
        _query_job(job, _PROCESS_ID_LIST, ctypes.byref(answer), ctypes.sizeof(answer), None)
    except OSError as error:
        if error.winerror == _ERROR_MORE_DATA:
            return None
        raise
    return tuple(answer.ProcessIdList[: answer.NumberOfProcessIdsInList])


def terminate_job(job: int, code: int) -> None:
    """End every process of *job* at once, with exit code *code*."""
    _terminate_job(job, code)


# Consoles


def is_console(descriptor: int) -> bool:
    """Return whether *descriptor*, which is open, is a console; for ``isatty`` NUL is one, too."""
    return bool(_get_console_mode(msvcrt.get_osfhandle(descriptor), ctypes.byref(wintypes.DWORD())))


def open_console_input() -> int:
    """Return a handle of the console's input, which is signalled while anything lies there."""
    rights, shares = _winapi.GENERIC_READ | _winapi.GENERIC_WRITE, _FILE_SHARE_READ | _FILE_SHARE_WRITE
    return _winapi.CreateFile("CONIN$", rights, shares, 0, _winapi.OPEN_EXISTING, 0, 0)


def count_console_input(console: int) -> int:
    """Return how many events lie there: keys pressed, keys released, and whatever else."""
    count = wintypes.DWORD()
    _count_input(console, ctypes.byref(count))
    return count.value


def flush_console_input(console: int) -> None:
    """Throw away what lies there. Does not block, as a read would where somebody else has been quicker."""
    _flush_input(console)


def standard_handle(number: int) -> int | None:
    """Return the handle of a standard stream; None where the process has none."""
    handle: int | None = _get_std_handle(number)
    return handle


def set_standard_handle(number: int, handle: int | None) -> None:
    """Make *handle* that of a standard stream."""
    _set_std_handle(number, handle)


def console_window() -> int:
    """Return the handle of our console's window, the same for all who share it; 0 where it has none."""
    return _get_console_window() or 0


def console_pids(most: int) -> tuple[int, ...] | None:
    """Return the processes attached to our console, none where there is none; None where there are more than *most*."""
    pids = (wintypes.DWORD * most)()
    count = _get_console_processes(pids, most)
    return tuple(pids[:count]) if count <= most else None


def claim_name(name: str) -> int | None:
    """Return a handle by which *name* is ours alone until it is closed; None while another process has it."""
    ctypes.set_last_error(0)
    handle: int = _create_mutex(None, False, name)  # noqa: FBT003
    if ctypes.get_last_error() == _ERROR_ALREADY_EXISTS:
        _close_handle(handle)
        return None
    return handle


def writes_to_mintty() -> bool:
    """Whether our output goes to a pseudo-terminal of MSYS or Cygwin, which is a pipe by its name.

    The input is not asked for its name: that would block while somebody reads from it.
    """
    handles = [standard_handle(number) for number in (STD_ERROR_HANDLE, STD_OUTPUT_HANDLE)]
    return any(_MINTTY_PIPE.search(_pipe_name(handle)) for handle in handles)


def _pipe_name(handle: int | None) -> str:
    """Return the name of a pipe, "" for anything else."""

    class FileNameInfo(ctypes.Structure):
        _fields_ = (("FileNameLength", wintypes.DWORD), ("FileName", wintypes.WCHAR * _NAME_CHARACTERS))

    if not handle or _get_file_type(handle) != _FILE_TYPE_PIPE:
        return ""
    info = FileNameInfo()
    if not _get_file_information(handle, _FILE_NAME_INFO, ctypes.byref(info), ctypes.sizeof(info)):
        return ""
    name: str = info.FileName[: info.FileNameLength // 2]
    return name

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Egress.Runtime;

/// <summary>The calls into the C library, as Linux has it: memory of its own, precise sleep, files in memory, appending, file systems.</summary>
internal static unsafe partial class Libc
{
    /// <summary>The system's error for too little memory.</summary>
    public const int OutOfMemory = 12;

    private const int ProtReadWrite = 0x1 | 0x2;
    private const int ProtReadExecute = 0x1 | 0x4;
    private const int MapPrivateAnonymous = 0x02 | 0x20;
    private const int AdviseHugePage = 14;
    private const int AdvisePopulateWrite = 23;
    private const int OpenWriteOnly = 0x1;
    private const int OpenCreate = 0x40;
    private const int OpenAppend = 0x400;
    private const int OpenCloseOnExec = 0x80000;
    private const int OwnerWritesOthersRead = 0x1A4;
    private const int OpenDirectory = 0x1_0000;
    private const int Interrupted = 4;
    private const int NoPermission = 13;
    private const int ReadOnlyFileSystem = 30;
    private const int TryAgain = 11;
    private const int InvalidArgument = 22;
    private const uint CloseOnExec = 1;

    /// <summary>Maps zeroed memory. Returns -1 on failure, with the reason as last P/Invoke error.</summary>
    public static nint Map(nint length) => MapCore(0, length, ProtReadWrite, MapPrivateAnonymous, -1, 0);

    /// <summary>Unmaps what <see cref="Map"/> returned.</summary>
    public static int Unmap(nint address, nint length) => UnmapCore(address, length);

    /// <summary>Asks for huge pages; a system without them goes on with small ones.</summary>
    public static void PreferHugePages(nint address, nint length) => _ = Advise(address, length, AdviseHugePage);

    /// <summary>Makes all pages resident. Returns 0, or the system's error where there is not enough memory.</summary>
    public static int Populate(nint address, nint length)
    {
        while (Advise(address, length, AdvisePopulateWrite) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted or TryAgain:
                    continue;
                case InvalidArgument:
                    // Kernels before 5.14 do not know MADV_POPULATE_WRITE.
                    Touch(address, length);
                    return 0;
                case var error:
                    return error;
            }
        }

        return 0;
    }

    private static void Touch(nint address, nint length)
    {
        var pageSize = Environment.SystemPageSize;
        for (nint offset = 0; offset < length; offset += pageSize)
        {
            ((byte*)address)[offset] = 0;
        }
    }

    /// <summary>Sleeps for a duration, to the resolution of the kernel's timers; a signal may end it early.</summary>
    public static void Sleep(TimeSpan duration)
    {
        var request = new TimeSpec { Seconds = duration.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = duration.Ticks % TimeSpan.TicksPerSecond * 100 };
        _ = NanoSleep(request, 0);
    }

    /// <summary>Makes mapped memory executable and no longer writable.</summary>
    /// <exception cref="InvalidOperationException">The system does not allow it.</exception>
    public static void MakeExecutable(nint address, nint length)
    {
        if (Protect(address, length, ProtReadExecute) != 0)
        {
            throw new InvalidOperationException($"Memory could not be made executable: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>Creates a file that lives in memory, has no name and is gone once it is closed.</summary>
    /// <exception cref="IOException">The system has no room for it.</exception>
    public static SafeFileHandle CreateMemoryFile(string label)
    {
        var file = MemoryFile(label, CloseOnExec);
        return file >= 0
            ? new SafeFileHandle(file, ownsHandle: true)
            : throw new IOException($"No file in memory could be created: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>Sets a variable in the environment that native libraries see; the base library's own call does not reach them.</summary>
    public static void SetEnvironment(string name, string value) => _ = SetVariable(name, value, 1);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemoryFile(string label, uint flags);

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    /// <summary>
    /// Opens a file so that each write goes behind what is there at that moment, whoever wrote it. The base library's own mode for
    /// appending seeks to the end once, and two processes overwrite each other.
    /// </summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">Access was refused.</exception>
    public static SafeFileHandle OpenForAppending(string path)
    {
        int file;
        do
        {
            file = Open(path, OpenWriteOnly | OpenCreate | OpenAppend | OpenCloseOnExec, OwnerWritesOthersRead);
        }
        while (file < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        if (file < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            var message = Marshal.GetPInvokeErrorMessage(error);
            throw error is NoPermission or ReadOnlyFileSystem ? new UnauthorizedAccessException(message) : new IOException(message);
        }

        return new SafeFileHandle(file, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    /// <summary>Opens a folder, for calls that need one open.</summary>
    /// <exception cref="IOException">It is not there, or may not be read.</exception>
    public static SafeFileHandle OpenFolder(string path)
    {
        var folder = Open(path, OpenDirectory | OpenCloseOnExec, 0);
        if (folder < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"'{path}' could not be opened: {Marshal.GetPInvokeErrorMessage(error)}.", error);
        }

        return new SafeFileHandle(folder, ownsHandle: true);
    }

    /// <summary>
    /// Writes everything of a folder's file system to its disk. Returns 0, or the system's error where something written since the
    /// folder was opened has not arrived.
    /// </summary>
    public static int SyncFileSystem(SafeFileHandle folder) => SyncFs(folder) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeFileHandle folder);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec request, nint remaining);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapCore(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapCore(nint address, nint length);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(nint address, nint length, int advice);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

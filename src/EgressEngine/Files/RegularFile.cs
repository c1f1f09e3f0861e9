using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Egress.Files;

/// <summary>
/// Opens files that a user named. What is no regular file is never opened: a named pipe without a writer would block for ever,
/// and reading a terminal or a tape has effects of its own.
/// </summary>
internal static partial class RegularFile
{
    private const int CurrentDirectory = -100;
    private const uint AskForType = 0x1;
    private const uint AskForNumber = 0x100;
    private const int DoNotFollow = 0x100;
    private const ushort TypeMask = 0xF000;
    private const ushort TypeRegular = 0x8000;
    private const ushort TypeDirectory = 0x4000;
    private const ushort TypeLink = 0xA000;

    private const int NoSuchEntry = 2;
    private const int NotADirectory = 20;
    private const int NameTooLong = 36;
    private const int LinkLoop = 40;

    /// <summary>Opens a regular file for reading, or tells in <paramref name="problem"/> why that is not possible.</summary>
    /// <param name="path">Full path of the file; nothing in it is interpreted.</param>
    /// <param name="problem">Why null is returned.</param>
    public static SafeFileHandle? Open(string path, out FileProblem? problem)
    {
        problem = Examine(path);
        if (problem is not null)
        {
            return null;
        }

        try
        {
            // Sharing everything also spares the advisory lock, which is slow or missing on network file systems.
            return File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = NotFound(path);
        }
        catch (UnauthorizedAccessException e)
        {
            problem = Denied(path, e);
        }
        catch (IOException e)
        {
            problem = FileProblem.Unreadable(path, e);
        }

        return null;
    }

    /// <summary>
    /// Throws where something else than a regular file has a name that is about to be opened: a link would lead elsewhere, and a named
    /// pipe would block. A name that nothing has is free.
    /// </summary>
    /// <exception cref="IOException">Something else has it.</exception>
    public static unsafe void RequireOrdinary(string path)
    {
        StatX status;
        if (Status(CurrentDirectory, path, DoNotFollow, AskForType, &status) == 0 && (status.Mode & TypeMask) is var type and not TypeRegular)
        {
            throw new IOException($"'{path}' is {(type == TypeLink ? "a link" : type == TypeDirectory ? "a folder" : "a device, pipe or socket")}.");
        }
    }

    /// <summary>Whether a path leads, over links too, to the very file that has a name: replacing that name would lose it.</summary>
    public static unsafe bool IsReachedBy(string name, string path)
    {
        StatX named, reached;
        return Status(CurrentDirectory, name, DoNotFollow, AskForNumber, &named) == 0
            && Status(CurrentDirectory, path, 0, AskForNumber, &reached) == 0
            && (named.Number, named.MajorDevice, named.MinorDevice) == (reached.Number, reached.MajorDevice, reached.MinorDevice);
    }

    private static unsafe FileProblem? Examine(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return NotFound(path);
        }

        StatX status;
        if (Status(CurrentDirectory, path, 0, AskForType, &status) != 0)
        {
            // Anything else, such as missing permission for a folder on the way, comes out when the file is opened.
            return Marshal.GetLastPInvokeError() is NoSuchEntry or NotADirectory or NameTooLong or LinkLoop ? NotFound(path) : null;
        }

        return (status.Mode & TypeMask) switch
        {
            TypeRegular => null,
            TypeDirectory => NotAFile(path, "a folder"),
            _ => NotAFile(path, "a device, pipe or socket"),
        };
    }

    private static FileProblem NotFound(string path) => new(
        EgressErrorId.PathNotFound,
        EgressErrorCategory.ObjectNotFound,
        $"There is no file '{path}'.",
        "Check the path; a relative one is taken from the current location.");

    private static FileProblem NotAFile(string path, string what) => new(
        EgressErrorId.PathNotAFile,
        EgressErrorCategory.InvalidArgument,
        $"'{path}' is {what}, not a file.",
        "Name a file.");

    private static FileProblem Denied(string path, Exception cause) => new(
        EgressErrorId.InputUnreadable,
        EgressErrorCategory.PermissionDenied,
        $"Reading '{path}' is not permitted.",
        "Ask the file's owner for permission to read it, or run as a user who has it.",
        cause);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Status(int folder, string path, int flags, uint mask, StatX* status);

    /// <summary>The kernel's <c>struct statx</c>, which is the same on every architecture, as far as it is read here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Number;

        [FieldOffset(136)]
        public uint MajorDevice;

        [FieldOffset(140)]
        public uint MinorDevice;
    }
}

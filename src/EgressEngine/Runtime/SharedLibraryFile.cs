using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Egress.Runtime;

/// <summary>What can be known of a shared library's file before it is loaded.</summary>
internal static class SharedLibraryFile
{
    private const int HeaderBytes = 64;
    private const int SegmentHeaderBytes = 56;
    private const int LoadedSegment = 1;

    /// <summary>
    /// Throws for a file that was cut off, by an interrupted copy or a full disk. The linker would map it without comparing
    /// sizes, and the first access beyond its end is a bus error, which ends the process. For a file of another kind or one that
    /// cannot be read this does nothing: the linker refuses those itself, with a message.
    /// </summary>
    /// <exception cref="DllNotFoundException">The file is cut off.</exception>
    public static void ThrowIfCutOff(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var bytes = RandomAccess.GetLength(file);
            if (RequiredBytes(file) is { } required && required > bytes)
            {
                throw new DllNotFoundException(string.Create(CultureInfo.InvariantCulture,
                    $"{path}: the file is cut off: it has {bytes} bytes of at least {required}"));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The linker meets the same obstacle and has the better words for it.
        }
    }

    /// <summary>The size that the loaded parts of a 64-bit little-endian ELF file need, or null for another kind of file.</summary>
    private static long? RequiredBytes(SafeFileHandle file)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (RandomAccess.Read(file, header, 0) < HeaderBytes
            || !header[..6].SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1])
            || BinaryPrimitives.ReadUInt16LittleEndian(header[0x36..]) != SegmentHeaderBytes)
        {
            return null;
        }

        var table = BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[0x38..]);
        if (table < 0 || table > long.MaxValue - (count * SegmentHeaderBytes))
        {
            return null;
        }

        var required = table + (count * SegmentHeaderBytes);
        var segments = new byte[count * SegmentHeaderBytes];
        if (RandomAccess.Read(file, segments, table) < segments.Length)
        {
            return required;
        }

        for (var offset = 0; offset < segments.Length; offset += SegmentHeaderBytes)
        {
            var segment = segments.AsSpan(offset, SegmentHeaderBytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) == LoadedSegment)
            {
                var end = BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]) + BinaryPrimitives.ReadUInt64LittleEndian(segment[32..]);
                required = Math.Max(required, end > long.MaxValue ? long.MaxValue : (long)end);
            }
        }

        return required;
    }
}

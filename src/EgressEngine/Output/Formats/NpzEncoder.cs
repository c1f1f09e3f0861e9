using System.IO.Compression;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Output.Formats;

/// <summary>
/// Writes NumPy's archives (<c>numpy.savez</c>): a zip file with one <c>.npy</c> an array. Labels are compressed, scores are
/// stored, as floating-point numbers hardly compress.
/// </summary>
public static class NpzEncoder
{
    // Archives of the same content are the same bytes, whenever they are written.
    private static readonly DateTimeOffset s_epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes an archive.</summary>
    /// <param name="stream">Receives the file; it is only written forward.</param>
    /// <param name="arrays">The arrays and their names.</param>
    public static void Write(Stream stream, IEnumerable<NamedPlanes> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, array) in arrays)
        {
            var level = array.Type.IsFloating() ? CompressionLevel.NoCompression : CompressionLevel.Fastest;
            var entry = archive.CreateEntry(name + ".npy", level);
            entry.LastWriteTime = s_epoch;
            using var content = entry.Open();
            NpyEncoder.Write(content, array);
        }
    }
}

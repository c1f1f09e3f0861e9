using System.IO.Compression;
using Egress.Models;
using Egress.Output.Formats;
using Egress.Output.Planes;

namespace Egress.Tests.Output.Formats;

public class NpzEncoderTests
{
    private static readonly byte[] s_labels = [1, 2, 3, 4, 5, 6];
    private static readonly byte[] s_scores = [.. Enumerable.Range(0, 24).Select(i => (byte)i)];

    [Fact]
    public void Each_array_is_an_npy_file_of_its_name()
    {
        var files = ReadAll(Write());

        Assert.Equal(["labels.npy", "confidence.npy"], files.Keys);
        Assert.Equal(Npy(new MemoryPlanes(s_labels, ElementType.UInt8, 0, 2, 3)), files["labels.npy"]);
        Assert.Equal(Npy(new MemoryPlanes(s_scores, ElementType.Float32, 0, 2, 3)), files["confidence.npy"]);
    }

    [Fact]
    public void The_same_arrays_make_the_same_bytes() => Assert.Equal(Write(), Write());

    [Fact]
    public void It_is_written_forward_only()
    {
        using var stream = new ForwardStream();
        NpzEncoder.Write(stream, Arrays());
        Assert.Equal(ReadAll(Write()), ReadAll(stream.Written));
    }

    private static NamedPlanes[] Arrays() =>
    [
        new("labels", new MemoryPlanes(s_labels, ElementType.UInt8, 0, 2, 3)),
        new("confidence", new MemoryPlanes(s_scores, ElementType.Float32, 0, 2, 3)),
    ];

    private static byte[] Write()
    {
        using var stream = new MemoryStream();
        NpzEncoder.Write(stream, Arrays());
        return stream.ToArray();
    }

    private static byte[] Npy(PlaneSource array)
    {
        using var stream = new MemoryStream();
        NpyEncoder.Write(stream, array);
        return stream.ToArray();
    }

    private static Dictionary<string, byte[]> ReadAll(byte[] archive)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        var files = new Dictionary<string, byte[]>();
        foreach (var entry in zip.Entries)
        {
            using var content = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(content);
            files.Add(entry.FullName, content.ToArray());
        }

        return files;
    }
}

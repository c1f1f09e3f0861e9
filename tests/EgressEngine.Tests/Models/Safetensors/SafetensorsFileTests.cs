using Egress.Models.Weights;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Egress.Models.Safetensors;

namespace Egress.Tests.Models.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_gives_its_tensors_in_the_order_of_their_places()
    {
        using var file = Open(SafetensorsBytes.File(
            """{"b":{"dtype":"I16","shape":[1,2],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12));

        Assert.Equal(["a", "b"], file.Entries.Select(entry => entry.Name));
        var entry = file.Find("b")!;
        Assert.Equal(StoredType.I16, entry.Type);
        Assert.Equal([1L, 2L], entry.Shape);
        Assert.Equal("[1, 2]", entry.ShapeText);
        Assert.Equal([8, 9, 10, 11], file.BytesOf(entry).ToArray());
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], file.BytesOf(file.Find("a")!).ToArray());
        Assert.Null(file.Find("c"));
    }

    [Fact]
    public void Scalars_empty_tensors_metadata_padding_and_unknown_properties_are_part_of_the_format()
    {
        using var file = Open(SafetensorsBytes.File(
            """
            {"__metadata__":{"format":"pt","größe":"50"},
             "scalar":{"dtype":"I64","shape":[],"data_offsets":[0,8],"later":{"x":[1,{"y":null}]}},
             "nothing":{"dtype":"F32","shape":[0,4],"data_offsets":[8,8]}}       
            """, 8));

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("50", file.Metadata["größe"]);
        Assert.Equal(8, file.BytesOf(file.Find("scalar")!).Length);
        Assert.Empty(file.Find("scalar")!.Shape);
        Assert.Equal(0, file.BytesOf(file.Find("nothing")!).Length);
    }

    [Fact]
    public void A_file_without_tensors_is_valid()
    {
        using var file = Open(SafetensorsBytes.File("{}", 0));

        Assert.Empty(file.Entries);
    }

    [Fact]
    public void Every_type_has_its_name_and_size()
    {
        var names = Enum.GetValues<StoredType>().ToDictionary(type => type.HeaderName(), type => type.SizeInBytes());

        Assert.Equal(
            new Dictionary<string, int>
            {
                ["BOOL"] = 1,
                ["U8"] = 1,
                ["I8"] = 1,
                ["F8_E5M2"] = 1,
                ["F8_E4M3"] = 1,
                ["I16"] = 2,
                ["U16"] = 2,
                ["F16"] = 2,
                ["BF16"] = 2,
                ["I32"] = 4,
                ["U32"] = 4,
                ["F32"] = 4,
                ["F64"] = 8,
                ["I64"] = 8,
                ["U64"] = 8,
            },
            names);
        foreach (var (name, size) in names)
        {
            using var file = Open(SafetensorsBytes.File(
                $$$"""{"t":{"dtype":"{{{name}}}","shape":[3],"data_offsets":[0,{{{3 * size}}}]}}""", 3 * size));
            Assert.Equal(name, file.Entries[0].Type.HeaderName());
        }
    }

    [Fact]
    public void What_the_writer_writes_comes_back()
    {
        var first = new byte[24];
        Random.Shared.NextBytes(first);
        SafetensorsTensor[] tensors =
        [
            new("layer.weight", StoredType.F32, [2, 3], first),
            new("layer.steps", StoredType.I64, [], new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }),
            new("half", StoredType.BF16, [1], new byte[] { 0x80, 0x3F }),
        ];
        var path = _folder["written.safetensors"];
        using (var stream = File.Create(path))
        {
            SafetensorsWriter.Write(stream, tensors, new Dictionary<string, string> { ["source"] = "a \"test\"" });
        }

        using var file = SafetensorsFile.Open(path);

        Assert.Equal("a \"test\"", file.Metadata["source"]);
        Assert.Equal(tensors.Select(tensor => tensor.Name), file.Entries.Select(entry => entry.Name));
        foreach (var tensor in tensors)
        {
            var entry = file.Find(tensor.Name)!;
            Assert.Equal(tensor.Type, entry.Type);
            Assert.Equal(tensor.Shape, entry.Shape);
            Assert.Equal(tensor.Data.ToArray(), file.BytesOf(entry).ToArray());
        }

        Assert.Equal(0, file.Entries[0].Offset % 8);
    }

    [Fact]
    public void The_writer_refuses_data_of_another_size_and_names_that_are_taken()
    {
        var tensor = new SafetensorsTensor("a", StoredType.F32, [1], new byte[4]);

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Stream.Null, [tensor with { Shape = [2] }]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Stream.Null, [tensor, tensor]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Stream.Null, [tensor with { Name = "__metadata__" }]));
    }

    [Fact]
    public void Addresses_end_with_the_file()
    {
        var file = Open(SafetensorsBytes.File(SafetensorsBytes.TwoTensors, 12));
        var entry = file.Entries[0];
        Assert.Equal(0, Marshal.ReadByte(file.Locate(entry)));
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Locate(entry));
    }

    [Fact]
    public void A_missing_file_is_reported_as_such()
    {
        var path = _folder["none.safetensors"];

        AssertFails(path, EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound);
        AssertFails(Path.Combine(path, "below"), EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound);
        AssertFails(_folder[new string('x', 300)], EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound);
        AssertFails(_folder["a\0b"], EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Folders_devices_and_pipes_are_not_opened()
    {
        var pipe = _folder["pipe"];
        using (var mkfifo = Process.Start("mkfifo", (string[])[pipe]))
        {
            mkfifo.WaitForExit();
            Assert.Equal(0, mkfifo.ExitCode);
        }

        AssertFails(_folder.Path, EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument);
        AssertFails("/dev/zero", EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument);
        AssertFails(pipe, EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument);
    }

    private static void AssertFails(string path, string errorId, EgressErrorCategory category)
    {
        var error = Assert.Throws<EgressException>(() => SafetensorsFile.Open(path));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(category, error.Category);
        Assert.Equal(path, error.Target);
    }

    private SafetensorsFile Open(byte[] content)
    {
        var path = _folder[$"{Guid.NewGuid():N}.safetensors"];
        File.WriteAllBytes(path, content);
        return SafetensorsFile.Open(path);
    }
}

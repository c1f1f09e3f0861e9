using Egress.Output.Stores;

namespace Egress.Tests.Output.Stores;

public sealed class LocalStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_file_appears_whole_under_its_name()
    {
        using var store = Open();
        using var file = store.Create("a/b/c.bin", "");
        file.Stream.Write(new byte[100_000]);
        Assert.Null(store.Find("a/b/c.bin"));
        Assert.True(file.Commit(replace: false));
        Assert.Equal(100_000, store.Find("a/b/c.bin")!.Value.Bytes);
        using var content = store.OpenRead("a/b/c.bin");
        Assert.Equal(100_000, content.Length);
    }

    [Fact]
    public void Links_below_the_destination_are_not_followed()
    {
        var outside = _folder.Folder("outside");
        using var store = Open();
        Directory.CreateSymbolicLink(Path.Combine(store.Location, "a.zarr"), outside);
        File.WriteAllText(Path.Combine(outside, "kept"), "");
        Directory.CreateSymbolicLink(Path.Combine(store.Location, "b.png"), Path.Combine(outside, "kept"));

        using (var file = store.Create("a.zarr/c/0", ""))
        {
            Assert.Equal(EgressErrorId.OutputNameInvalid, Assert.Throws<ItemException>(() => file.Commit(replace: true)).ErrorId);
        }

        using (var file = store.Create("b.png", ""))
        {
            file.Stream.Write(new byte[10]);
            Assert.True(file.Commit(replace: true));
        }

        Assert.Equal(["kept"], Directory.GetFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal(0, new FileInfo(Path.Combine(outside, "kept")).Length);
        Assert.Null(new FileInfo(Path.Combine(store.Location, "b.png")).LinkTarget);
        Assert.Equal(["a.zarr", "b.png"], store.List().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_link_in_the_place_of_the_bookkeeping_is_refused()
    {
        var destination = _folder.Folder("out");
        Directory.CreateSymbolicLink(Path.Combine(destination, ".egress"), _folder.Folder("outside"));
        var error = Assert.Throws<EgressException>(() => OutputStores.Open(destination));
        Assert.Equal(EgressErrorId.DestinationNotWritable, error.ErrorId);
    }

    [Fact]
    public void Folders_of_outputs_are_listed_and_the_bookkeeping_is_not()
    {
        using var store = Open();
        foreach (var name in new[] { "a.png", "b.zarr/c/0/0", "b.zarr/.egress/x" })
        {
            using var file = store.Create(name, "");
            file.Commit(replace: true);
        }

        using (store.OpenJournal("1-of-2"))
        {
            Assert.Equal(["a.png", "b.zarr/.egress/x", "b.zarr/c/0/0"], store.List().Order(StringComparer.Ordinal));
            Assert.Equal(["1-of-2"], store.JournalScopes());
        }
    }

    [Fact]
    public void Everything_committed_is_brought_to_the_disk_on_demand()
    {
        using var store = Open();
        store.MakeDurable();
    }

    [Fact]
    public void A_destination_that_is_gone_is_not_made_again()
    {
        using var store = Open();
        store.DiscardPending("");
        using var file = store.Create("a.zarr/c/0", "");
        Directory.Delete(store.Location, recursive: true);
        Assert.Throws<DirectoryNotFoundException>(() => file.Commit(replace: true));
        Assert.Throws<DirectoryNotFoundException>(() => store.Create("b", ""));
        Assert.False(Directory.Exists(store.Location));
    }

    public void Dispose() => _folder.Dispose();

    private LocalStore Open()
    {
        var store = new LocalStore(_folder.Folder("out"));
        store.DiscardPending("");
        return store;
    }
}

using Egress.Output;

namespace Egress.Tests.Output;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_file_is_not_there_before_its_commit_and_whole_after_it()
    {
        var path = Path.Combine(_folder.Path, "file");
        using var file = new AtomicFile(path);
        file.Stream.Write(new byte[100_000]);
        Assert.False(File.Exists(path));
        Assert.Equal(100_000, file.Commit(replace: false));
        Assert.Equal(100_000, new FileInfo(path).Length);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void What_is_not_committed_leaves_nothing()
    {
        using (var file = new AtomicFile(Path.Combine(_folder.Path, "file")))
        {
            file.Stream.Write(new byte[100_000]);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(true, "new")]
    [InlineData(false, "old")]
    public void An_existing_file_is_replaced_only_where_asked_for(bool replace, string content)
    {
        var path = Path.Combine(_folder.Path, "file");
        File.WriteAllText(path, "old");
        using (var file = new AtomicFile(path))
        {
            file.Stream.Write("new"u8);
            Assert.Equal(replace ? 3 : null, file.Commit(replace));
        }

        Assert.Equal(content, File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();
}

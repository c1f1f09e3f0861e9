using Egress.Output;

namespace Egress.Tests.Output;

public sealed class DestinationFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void It_is_made_and_left_empty()
    {
        var path = Path.Combine(_folder.Path, "a", "b");
        _ = new DestinationFolder(path, OutputFormat.Png);
        Assert.Empty(Directory.GetFileSystemEntries(path));
    }

    [Theory]
    [InlineData("/in/photo.jpg", OutputFormat.Png, "photo.png")]
    [InlineData("/in/archive.tar.gz", OutputFormat.Npy, "archive.tar.npy")]
    [InlineData("/in/no extension", OutputFormat.Raw, "no extension.raw")]
    [InlineData("/in/../odd[1].jpeg", OutputFormat.Png, "odd[1].png")]
    [InlineData("/in/.hidden", OutputFormat.Png, ".png")]
    public void Outputs_take_the_name_of_their_input(string input, OutputFormat format, string name) =>
        Assert.Equal(Path.Combine(_folder.Path, name), new DestinationFolder(_folder.Path, format).Reserve(input));

    [Fact]
    public void A_name_is_given_once()
    {
        var folder = new DestinationFolder(_folder.Path, OutputFormat.Png);
        folder.Reserve("/a/x.jpg");
        var error = Assert.Throws<ItemException>(() => folder.Reserve("/b/x.png"));
        Assert.Equal((EgressErrorId.OutputNameCollision, "/b/x.png"), (error.ErrorId, error.Target));
    }

    public void Dispose() => _folder.Dispose();
}

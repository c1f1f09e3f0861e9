using Egress.Embedding;

namespace Egress.Tests.Embedding;

public sealed class TokenizerDigestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_follows_the_tokenizers_files_and_no_others()
    {
        File.WriteAllText(_folder["vocab.txt"], "a\nb\n");
        var before = TokenizerDigest.Of(_folder.Path);
        File.WriteAllText(_folder["config.json"], "{}");
        Assert.Equal(before, TokenizerDigest.Of(_folder.Path));
        File.WriteAllText(_folder["tokenizer_config.json"], "{}");
        var configured = TokenizerDigest.Of(_folder.Path);
        Assert.NotEqual(before, configured);
        File.WriteAllText(_folder["vocab.txt"], "a\nc\n");
        Assert.NotEqual(configured, TokenizerDigest.Of(_folder.Path));
        File.WriteAllText(_folder["spiece.model"], "x");
        Assert.Equal(4, new[] { before, configured, TokenizerDigest.Of(_folder.Path), TokenizerDigest.Of(_folder["vocab.txt"]) }.Distinct().Count());
    }
}

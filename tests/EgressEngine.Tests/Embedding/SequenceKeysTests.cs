using Egress.Embedding;

namespace Egress.Tests.Embedding;

public sealed class SequenceKeysTests
{
    [Fact]
    public void The_id_of_a_text_is_the_beginning_of_its_SHA256()
    {
        // printf abc | sha256sum
        Assert.Equal("ba7816bf8f01cfea", SequenceKeys.IdOf("abc"));
        Assert.NotEqual(SequenceKeys.OfText("a", "x").TextHash, SequenceKeys.OfText("a", "y").TextHash);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(null, "empty")]
    [InlineData("a\0b", "zero character")]
    public void An_id_that_cannot_be_a_key_is_an_error_that_says_why(string? id, string reason)
    {
        var error = SequenceKeys.Problem(id);
        Assert.NotNull(error);
        Assert.Equal(EgressErrorId.SequenceInvalid, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_character_is_no_key()
    {
        Assert.Contains("Unicode", SequenceKeys.Problem("a" + (char)0xD800)!.Message, StringComparison.Ordinal);
        Assert.Null(SequenceKeys.Problem("\ud83d\ude00"));
    }

    [Fact]
    public void An_id_may_be_as_long_as_databases_index_it()
    {
        Assert.Null(SequenceKeys.Problem(new string('ä', SequenceKeys.MaximumIdLength)));
        Assert.NotNull(SequenceKeys.Problem(new string('a', SequenceKeys.MaximumIdLength + 1)));
        Assert.NotNull(SequenceKeys.Problem(new string('€', SequenceKeys.MaximumIdLength)));
        Assert.Null(SequenceKeys.Problem("\ufffd is a character like any other"));
    }
}

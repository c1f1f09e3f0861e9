using Egress.Output.Stores.Objects;

namespace Egress.Tests.Output.Objects;

public sealed class ObjectLocationTests
{
    [Theory]
    [InlineData("s3://masks", "masks", "", "s3://masks")]
    [InlineData("s3://masks/", "masks", "", "s3://masks")]
    [InlineData("S3://masks/2026/night 1", "masks", "2026/night 1/", "s3://masks/2026/night 1")]
    [InlineData("s3://masks//a//b/", "masks", "a/b/", "s3://masks/a/b")]
    public void An_address_is_read(string text, string bucket, string prefix, string again)
    {
        Assert.True(ObjectLocation.IsOne(text));
        var location = ObjectLocation.Parse(text);
        Assert.Equal((bucket, prefix, again), (location.Bucket, location.Prefix, location.ToString()));
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///prefix")]
    [InlineData("s3://AKIA:secret@masks/prefix")]
    [InlineData("s3://masks/../other")]
    [InlineData("s3://masks/a\nb")]
    [InlineData("s3://ab")]
    public void What_is_no_address_is_refused_without_being_repeated(string text)
    {
        var error = Assert.Throws<EgressException>(() => ObjectLocation.Parse(text));
        Assert.Equal((EgressErrorId.DestinationInvalid, EgressErrorCategory.InvalidArgument), (error.ErrorId, error.Category));
        Assert.DoesNotContain("secret", error.ToString() + error.Target, StringComparison.Ordinal);
        Assert.Contains("-Destination", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/masks")]
    [InlineData("masks/s3://x")]
    [InlineData("file:///masks")]
    public void Folders_are_none(string text) => Assert.False(ObjectLocation.IsOne(text));
}

using Egress.Output.Stores;

namespace Egress.Tests.Output.Stores;

public sealed class RunScopeTests : IDisposable
{
    private readonly OutputHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "0-of-2", true)]
    [InlineData("0-of-2", "0-of-2", true)]
    [InlineData("0-of-2", "1-of-2", false)]
    [InlineData("0-of-2", "1-of-4", true)]
    [InlineData("1-of-2", "1-of-12", true)]
    public void Shards_of_one_division_get_along_and_nothing_else_does(string one, string other, bool conflict)
    {
        Assert.Equal(conflict, RunScope.Conflict(one, other));
        Assert.Equal(conflict, RunScope.Conflict(other, one));
    }

    [Theory]
    [InlineData("0-of-2", "1-of-4")]
    [InlineData("0-of-2", "")]
    [InlineData("", "0-of-2")]
    public void A_folder_refuses_a_run_whose_share_overlaps(string first, string second)
    {
        using var run = _harness.Open(scope: first);
        var error = Assert.Throws<EgressException>(() => _harness.Open(scope: second));
        Assert.Equal(EgressErrorId.DestinationInUse, error.ErrorId);
        Assert.Contains($"process {Environment.ProcessId} ", error.Message, StringComparison.Ordinal);
    }
}

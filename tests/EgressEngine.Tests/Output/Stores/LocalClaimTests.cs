using Egress.Output.Stores;

namespace Egress.Tests.Output.Stores;

public sealed class LocalClaimTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_second_run_is_refused_and_told_of_the_first_ones_process()
    {
        using var first = Take("");
        var error = Assert.Throws<EgressException>(() => Take(""));
        Assert.Equal((EgressErrorId.DestinationInUse, _folder["out"]), (error.ErrorId, error.Target));
        Assert.Contains(
            $"process {Environment.ProcessId} of {Environment.UserName} on {Environment.MachineName}, running since 20", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_claim_that_was_given_up_is_free()
    {
        Take("").Dispose();
        Take("").Dispose();
        Assert.False(File.Exists(OwnerFile()));
    }

    [Fact]
    public void A_claim_that_could_not_be_taken_back_at_the_end_holds_nothing()
    {
        var claim = Take("");
        File.Move(OwnerFile(), _folder["owner"]);
        File.CreateSymbolicLink(OwnerFile(), _folder["owner"]);
        claim.Dispose();
        File.Move(_folder["owner"], OwnerFile(), overwrite: true);
        Take("").Dispose();
    }

    [Fact]
    public void Shards_get_along_with_each_other_and_not_with_a_run_of_the_whole()
    {
        var first = Take("1-of-2");
        var second = Take("2-of-2");
        Assert.Equal(EgressErrorId.DestinationInUse, Assert.Throws<EgressException>(() => Take("1-of-2")).ErrorId);
        var error = Assert.Throws<EgressException>(() => Take(""));
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        first.Dispose();
        second.Dispose();
        using var whole = Take("");
        Assert.Throws<EgressException>(() => Take("1-of-2"));
    }

    [Fact]
    public void What_a_killed_run_of_this_machine_left_is_no_hindrance()
    {
        Directory.CreateDirectory(_folder["out/.egress"]);
        var dead = RunOwner.Current() with { ProcessId = int.MaxValue };
        File.WriteAllBytes(OwnerFile(), dead.ToJson());
        using var claim = Take("");
        claim.Renew();
    }

    [Fact]
    public void A_process_of_the_same_number_that_started_at_another_time_is_another()
    {
        var me = RunOwner.Current();
        Assert.True(me.IsAlive());
        Assert.False((me with { StartTicks = me.StartTicks + 1 }).IsAlive());
        Assert.Null((me with { BootId = "another" }).IsAlive());
    }

    [Fact]
    public void An_owner_that_lives_is_believed_where_there_are_no_locks()
    {
        Directory.CreateDirectory(_folder["out/.egress"]);
        File.WriteAllBytes(OwnerFile(), RunOwner.Current().ToJson());
        Assert.Throws<EgressException>(() => Take(""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_machines_owner_is_watched_for_a_sign_of_life(bool lives)
    {
        Directory.CreateDirectory(_folder["out/.egress"]);
        File.WriteAllBytes(OwnerFile(), (RunOwner.Current() with { BootId = "another", Host = "elsewhere" }).ToJson());
        var patience = LocalClaim.Patience;
        LocalClaim.Patience = TimeSpan.FromSeconds(lives ? 60 : 1);
        using var renewing = new Timer(
            _ => File.SetLastWriteTimeUtc(OwnerFile(), DateTime.UtcNow.AddSeconds(1)), null, lives ? 300 : Timeout.Infinite, Timeout.Infinite);
        try
        {
            if (lives)
            {
                Assert.Contains("on elsewhere", Assert.Throws<EgressException>(() => Take("")).Message, StringComparison.Ordinal);
            }
            else
            {
                Take("").Dispose();
            }
        }
        finally
        {
            LocalClaim.Patience = patience;
        }
    }

    [Fact]
    public void A_run_notices_that_its_claim_was_taken_away()
    {
        using var claim = Take("");
        claim.Renew();
        File.Delete(OwnerFile());
        Assert.Equal(EgressErrorId.DestinationLost, Assert.Throws<EgressException>(claim.Renew).ErrorId);
    }

    public void Dispose() => _folder.Dispose();

    private string OwnerFile() => _folder["out/.egress/owner.json"];

    private IRunClaim Take(string scope)
    {
        using var store = new LocalStore(_folder["out"]);
        return store.Claim(RunOwner.Current(), scope);
    }
}

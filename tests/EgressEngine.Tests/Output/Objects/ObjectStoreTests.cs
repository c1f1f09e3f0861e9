using Egress.Output;
using Egress.Output.Stores;
using Egress.Output.Stores.Objects;

namespace Egress.Tests.Output.Objects;

/// <summary>Runs over a destination in an object store: commit, journal, resume, claims, shards.</summary>
public sealed class ObjectStoreTests : IDisposable
{
    private static readonly ObjectLocation s_location = new("bucket", "night/");
    private readonly MemoryObjects _objects = new();
    private readonly TimeSpan _patience = ObjectClaim.Patience;

    private readonly TimeSpan _flushInterval = ObjectJournalFile.FlushInterval;

    public ObjectStoreTests()
    {
        ObjectClaim.Patience = TimeSpan.FromMilliseconds(300);
        ObjectJournalFile.FlushInterval = TimeSpan.FromHours(1);
    }

    public void Dispose()
    {
        ObjectClaim.Patience = _patience;
        ObjectJournalFile.FlushInterval = _flushInterval;
        _objects.Dispose();
    }

    [Fact]
    public void A_run_leaves_its_outputs_and_its_journal_and_nothing_else()
    {
        Assert.Equal(["a", "b"], Run(OutputMode.Keep, "", "text", "a", "b"));
        Assert.Equal(["night/.egress/journal/00000000.jsonl", "night/.egress/journal/00000001.jsonl", "night/a.txt", "night/b.txt"], _objects.Keys);
        Assert.Equal("text"u8, _objects.Content("night/a.txt"));
        Assert.Equal("s3://bucket/night/a.txt", Open().Locate("a.txt"));
    }

    [Fact]
    public void A_claim_whose_answer_was_lost_is_this_runs()
    {
        _objects.LosesAnswer = key => key.EndsWith("owner.json", StringComparison.Ordinal);
        Assert.Equal(["a"], Run(OutputMode.Keep, "", "text", "a"));
        Assert.Equal(["b"], Run(OutputMode.Keep, "", "text", "a", "b"));
    }

    [Fact]
    public void A_resumed_run_does_what_is_missing_or_not_as_the_journal_has_it()
    {
        Run(OutputMode.Resume, "", "1", "a", "b", "c");
        _objects.Delete("night/b.txt");
        _objects.Put("night/c.txt", new MemoryStream("longer"u8.ToArray()), replace: true);
        Assert.Equal(["b", "c", "d"], Run(OutputMode.Resume, "", "2", "a", "b", "c", "d"));
        Assert.Equal("1222", string.Concat("abcd".Select(name => (char)_objects.Content($"night/{name}.txt")[0])));
        Assert.Empty(Run(OutputMode.Resume, "", "3", "a", "b", "c", "d"));
    }

    [Fact]
    public void What_a_killed_run_stored_and_had_not_recorded_is_made_again()
    {
        var store = Open();
        var killed = OutputRun.Open(store, Options(OutputMode.Resume, ""));
        Write(killed, "a", "1");
        Write(killed, "b", "1");
        Assert.DoesNotContain("a.txt", Journal(), StringComparison.Ordinal);

        // Its process is gone: nobody renews the claim, and another machine cannot ask for it.
        ForgetProcess();
        Assert.Equal(["a", "b", "c"], Run(OutputMode.Resume, "", "2", "a", "b", "c"));
        Assert.Equal("2", Text("a"));
        Assert.Contains("a.txt", Journal(), StringComparison.Ordinal);
        killed.Dispose();
    }

    [Fact]
    public void An_object_that_was_there_before_the_journal_is_kept()
    {
        _objects.Clock = () => DateTime.UtcNow.AddHours(-1);
        _objects.Put("night/a.txt", new MemoryStream("theirs"u8.ToArray()), replace: true);
        _objects.Clock = () => DateTime.UtcNow;
        Assert.Equal(["b"], Run(OutputMode.Resume, "", "ours", "a", "b"));
        Assert.Equal("theirs", Text("a"));
        Assert.Equal(["a", "b"], Run(OutputMode.Replace, "", "ours", "a", "b"));
        Assert.Equal("ours", Text("a"));
    }

    [Fact]
    public void The_second_run_is_refused_with_the_first_ones_process_named()
    {
        using var store = Open();
        using var run = OutputRun.Open(store, Options(OutputMode.Keep, ""));
        foreach (var scope in (string[])["", "0-of-2"])
        {
            var error = Assert.Throws<EgressException>(() => OutputRun.Open(Open(), Options(OutputMode.Keep, scope)));
            Assert.Equal((EgressErrorId.DestinationInUse, EgressErrorCategory.ResourceUnavailable), (error.ErrorId, error.Category));
            Assert.Contains($"process {Environment.ProcessId} ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_claim_that_could_not_be_taken_back_at_the_end_holds_nothing()
    {
        var claim = Open().Claim(RunOwner.Current(), "");
        _objects.Before = (operation, _) => _ = operation != "delete" ? operation : throw new IOException("The network is gone.");
        claim.Dispose();
        Assert.Contains(_objects.Keys, key => key.Contains("/owner", StringComparison.Ordinal));
        _objects.Before = (_, _) => { };
        Open().Claim(RunOwner.Current(), "").Dispose();
        Assert.DoesNotContain(_objects.Keys, key => key.Contains("/owner", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_machines_run_lives_as_long_as_it_renews_its_claim()
    {
        using var store = Open();
        using var claim = store.Claim(RunOwner.Current() with { BootId = "another", ProcessSpace = "another" }, "");
        using (var stop = new CancellationTokenSource())
        {
            var owner = Bounded.Start("the other machine", () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    claim.Renew();
                    Thread.Sleep(20);
                }
            });
            Assert.Equal(
                EgressErrorId.DestinationInUse, Assert.Throws<EgressException>(() => OutputRun.Open(Open(), Options(OutputMode.Keep, ""))).ErrorId);
            stop.Cancel();
            owner.Join();
        }

        OutputRun.Open(Open(), Options(OutputMode.Keep, "")).Dispose();
        Assert.Equal(EgressErrorId.DestinationLost, Assert.Throws<EgressException>(claim.Renew).ErrorId);
    }

    [Fact]
    public void Shards_of_one_division_run_together_and_their_journals_are_one()
    {
        using (var first = OutputRun.Open(Open(), Options(OutputMode.Resume, "0-of-2")))
        using (var second = OutputRun.Open(Open(), Options(OutputMode.Resume, "1-of-2")))
        {
            Write(first, "a", "1");
            Write(second, "b", "1");
            Assert.Equal(
                EgressErrorId.DestinationInUse,
                Assert.Throws<EgressException>(() => OutputRun.Open(Open(), Options(OutputMode.Resume, "2-of-3"))).ErrorId);
        }

        Assert.Equal(["0-of-2", "1-of-2"], Open().JournalScopes());
        Assert.Equal(["c"], Run(OutputMode.Resume, "", "2", "a", "b", "c"));

        // One shard alone mends its own.
        _objects.Delete("night/b.txt");
        Assert.Equal(["b"], Run(OutputMode.Resume, "1-of-2", "3", "b"));
        Assert.Equal("132", Text("a") + Text("b") + Text("c"));
    }

    [Fact]
    public void Uploads_of_killed_runs_are_given_up()
    {
        _objects.BeginUpload("night/a.txt");
        _objects.BeginUpload("night/of another shard.txt");
        _objects.BeginUpload("day/a.txt");
        Run(OutputMode.Resume, "0-of-2", "1", "a");
        Assert.Equal(2, _objects.OpenUploads);

        Run(OutputMode.Resume, "", "1", "a");
        Assert.Equal("day/a.txt", Assert.Single(_objects.Uploads("")).Key);
    }

    [Fact]
    public void Whether_outputs_are_there_is_asked_for_all_at_once()
    {
        var names = Enumerable.Range(0, 100).Select(i => $"{i}").ToArray();
        Run(OutputMode.Keep, "", "1", names);
        _objects.Operations.Clear();
        Assert.Empty(Run(OutputMode.Keep, "", "2", names));
        Assert.InRange(_objects.Operations.Count(operation => operation is "find" or "list"), 1, 12);
    }

    [Fact]
    public void A_store_that_fails_is_the_error_that_users_know()
    {
        using var run = OutputRun.Open(Open(), Options(OutputMode.Keep, ""));
        _objects.Before = (operation, key) =>
        {
            if (operation == "put" && key.EndsWith(".txt", StringComparison.Ordinal))
            {
                throw new UnauthorizedAccessException("The store refused access (AccessDenied): no.");
            }
        };
        var error = Assert.Throws<EgressException>(() => Write(run, "a", "1"));
        Assert.Equal((EgressErrorId.OutputWriteFailed, EgressErrorCategory.PermissionDenied), (error.ErrorId, error.Category));
        Assert.Equal("s3://bucket/night/a.txt", error.Target);

        _objects.Before = (_, _) => throw new UnauthorizedAccessException("The store refused access (AccessDenied): no.");
        error = Assert.Throws<EgressException>(() => OutputRun.Open(Open(), Options(OutputMode.Keep, "")));
        Assert.Equal((EgressErrorId.DestinationNotWritable, EgressErrorCategory.PermissionDenied), (error.ErrorId, error.Category));
        _objects.Before = (_, _) => { };
    }

    [Fact]
    public void Lines_do_not_wait_longer_than_their_time()
    {
        ObjectJournalFile.FlushInterval = TimeSpan.Zero;
        using var file = new ObjectJournalFile(_objects, "j/");
        file.Append("first\n"u8);
        file.Append("second\n"u8);
        Assert.Equal("first\nsecond\n"u8, _objects.Content("j/00000001.jsonl"));
    }

    [Fact]
    public void A_journal_grows_in_pieces_and_is_read_as_one()
    {
        using var file = new ObjectJournalFile(_objects, "j/");
        Assert.Equal(0, file.Length);
        var line = new byte[1000];
        line.AsSpan().Fill((byte)'x');
        line[^1] = (byte)'\n';
        for (var i = 0; i < 3000; i++)
        {
            file.Append(line);
        }

        file.Flush();
        Assert.Equal(3_000_000, file.Length);
        Assert.InRange(_objects.Keys.Count(), 3, 5);
        using var whole = ObjectJournalFile.Read(_objects, "j/")!;
        Assert.Equal(3_000_000, whole.Length);

        using var again = new ObjectJournalFile(_objects, "j/");
        again.Append("last\n"u8);
        using var longer = ObjectJournalFile.Read(_objects, "j/")!;
        Assert.Equal(3_000_005, longer.Length);
    }

    private static OutputRunOptions Options(OutputMode mode, string scope) => new()
    {
        Settings = OutputHarness.Settings(("Model", "m")),
        Mode = mode,
        Scope = scope,
        CheckpointInterval = TimeSpan.FromMinutes(10),
    };

    private static void Write(OutputRun run, string item, string content)
    {
        using var unit = run.Begin(run.Reserve(item, [item + ".txt"], item));
        unit.Create(item + ".txt").Write(System.Text.Encoding.UTF8.GetBytes(content));
        unit.Commit();
    }

    private ObjectStore Open() => new(_objects, s_location);

    /// <summary>Runs to the end; the items that it did.</summary>
    private List<string> Run(OutputMode mode, string scope, string content, params string[] items)
    {
        var done = new List<string>();
        using var run = OutputRun.Open(Open(), Options(mode, scope));
        foreach (var item in items)
        {
            var ticket = run.Reserve(item, [item + ".txt"], item);
            if (ticket.IsDone)
            {
                continue;
            }

            using var unit = run.Begin(ticket);
            unit.Create(item + ".txt").Write(System.Text.Encoding.UTF8.GetBytes(content));
            unit.Commit();
            done.Add(item);
        }

        run.Complete();
        return done;
    }

    private void ForgetProcess()
    {
        var owner = RunOwner.FromJson(_objects.Content("night/.egress/owner.json"))!;
        _objects.Put("night/.egress/owner.json", new MemoryStream((owner with { StartTicks = owner.StartTicks - 1 }).ToJson()), replace: true);
    }

    private string Text(string item) => System.Text.Encoding.UTF8.GetString(_objects.Content($"night/{item}.txt"));

    private string Journal()
    {
        using var stream = Open().ReadJournal("")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

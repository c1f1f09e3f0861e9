using Egress.Output;
using Egress.Output.Stores;

namespace Egress.Tests.Output;

/// <summary>A destination held against its journal: what is missing, damaged, unreadable or nobody's.</summary>
public sealed class OutputVerifierTests : IDisposable
{
    private readonly OutputHarness _harness = new();

    public OutputVerifierTests() => _harness.Run(OutputMode.Resume, "text", "a", "b", "c");

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void A_file_of_another_size_is_damaged_and_its_sizes_are_told()
    {
        File.WriteAllText(_harness["b.txt"], "longer text");

        // The input is not there any more, so the journal does not name it.
        var problem = Assert.Single(Verify().Problems);

        Assert.Equal(new OutputProblem(_harness["b.txt"], OutputFinding.Damaged, null, "11 bytes instead of 4"), problem);
    }

    [Fact]
    public void A_file_of_the_same_size_is_damaged_where_its_checksum_is_another()
    {
        File.WriteAllText(_harness["b.txt"], "texT");

        var found = Verify();

        Assert.False(found.IsSound);
        Assert.Equal((3, 1, 0, 8), (found.Files, found.Damaged, found.Unreadable, found.Bytes));
        Assert.Matches("^CRC-32C [0-9a-f]{8} instead of [0-9a-f]{8}$", Assert.Single(found.Problems).Detail);
        Assert.True(Verify(readsContent: false).IsSound);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_unreadable_with_the_systems_reason_and_the_others_are_read()
    {
        var found = new OutputVerifier(new BadDisk(LocalStore.ForReading(_harness.Destination), "b.txt")).Verify(TestContext.Current.CancellationToken);

        Assert.False(found.IsSound);
        Assert.Equal((1, 0, 0, 8), (found.Unreadable, found.Damaged, found.Missing, found.Bytes));
        var problem = Assert.Single(found.Problems);
        Assert.Equal((OutputFinding.Unreadable, "Input/output error"), (problem.Finding, problem.Detail));
    }

    [Fact]
    public void Damage_to_the_journal_is_mended_by_a_resumed_run_and_counts_no_more()
    {
        DamageLine("\"a.txt\"");
        Assert.Equal((false, 1), (Verify().IsSound, Verify().DamagedJournalLines));

        // A run that keeps everything as it is, and one that is not at its end, have mended nothing.
        _harness.Run(OutputMode.Keep, "text", "a", "b", "c");
        using (var stopped = _harness.Open())
        {
            OutputHarness.Write(stopped, "a", "text");
        }

        Assert.Equal(1, Verify().DamagedJournalLines);
        Assert.Empty(_harness.Run(OutputMode.Resume, "text", "a", "b", "c"));
        Assert.Equal((true, 0, 3), (Verify().IsSound, Verify().DamagedJournalLines, Verify().Files));

        DamageLine("\"b.txt\"");
        Assert.Equal((false, 1), (Verify().IsSound, Verify().DamagedJournalLines));
        Assert.Equal(["b"], _harness.Run(OutputMode.Resume, "text", "a", "b", "c"));
        Assert.True(Verify().IsSound);
    }

    [Fact]
    public void A_shard_mends_its_own_journal_and_a_run_of_everything_all_of_them()
    {
        foreach (var shard in new[] { "0-2", "1-2" })
        {
            RunShard(shard, "x" + shard);
            DamageLine($"\"x{shard}.txt\"", _harness[$".egress/journal-{shard}.jsonl"]);
        }

        RunShard("0-2", "x0-2");
        Assert.Equal(1, Verify().DamagedJournalLines);
        _harness.Run(OutputMode.Resume, "text", "a", "b", "c", "x0-2", "x1-2");
        Assert.True(Verify().IsSound);
    }

    [Fact]
    public void What_is_gone_is_missing_and_what_nobody_recorded_makes_nothing_unsound()
    {
        File.WriteAllText(_harness["notes.txt"], "somebody else's");
        Assert.True(Verify().IsSound);
        File.Delete(_harness["a.txt"]);

        var found = Verify();

        Assert.False(found.IsSound);
        Assert.Equal([OutputFinding.Missing, OutputFinding.Unrecorded], found.Problems.Select(problem => problem.Finding));
    }

    [Fact]
    public void A_folder_without_a_journal_is_an_error()
    {
        Directory.Delete(_harness[".egress"], recursive: true);

        Assert.Equal(EgressErrorId.JournalMissing, Assert.Throws<EgressException>(() => Verify()).ErrorId);
    }

    private OutputVerification Verify(bool readsContent = true) =>
        new OutputVerifier(LocalStore.ForReading(_harness.Destination), readsContent).Verify(TestContext.Current.CancellationToken);

    /// <summary>A store with one file that its disk does not give.</summary>
    private sealed class BadDisk(LocalStore store, string bad) : IOutputStore
    {
        public string Location => store.Location;

        public string Locate(string name) => store.Locate(name);

        public StoredFile? Find(string name) => store.Find(name);

        public Stream OpenRead(string name) => name == bad ? throw new IOException("Input/output error") : store.OpenRead(name);

        public void Delete(string name) => throw new NotSupportedException();

        public IEnumerable<string> List() => store.List();

        public IReadOnlyList<string> JournalScopes() => store.JournalScopes();

        public Stream? ReadJournal(string scope) => store.ReadJournal(scope);

        public IPendingFile Create(string name, string scope) => throw new NotSupportedException();

        public IRunClaim Claim(RunOwner owner, string scope) => throw new NotSupportedException();

        public IJournalFile OpenJournal(string scope) => throw new NotSupportedException();

        public void DiscardPending(string scope) => throw new NotSupportedException();

        public void MakeDurable() => throw new NotSupportedException();

        public void Dispose() => store.Dispose();
    }

    private void RunShard(string shard, string item)
    {
        using var run = _harness.Open(scope: shard);
        OutputHarness.Write(run, item, "text");
        run.Complete();
    }

    /// <summary>Changes a byte of the first undamaged line that has this text.</summary>
    private void DamageLine(string text, string? journal = null)
    {
        var lines = File.ReadAllLines(journal ?? _harness.Journal);
        var line = Array.FindIndex(lines, found => found.Contains(text, StringComparison.Ordinal));
        lines[line] = lines[line].Replace("txt", "tyt", StringComparison.Ordinal);
        File.WriteAllText(journal ?? _harness.Journal, string.Join('\n', lines) + "\n");
    }
}

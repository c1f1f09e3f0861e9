using Egress.Output;
using Egress.Output.Stores;

namespace Egress.Tests.Output;

public sealed class OutputRunTests : IDisposable
{
    private readonly OutputHarness _harness = new();

    [Fact]
    public void A_run_leaves_its_outputs_and_its_journal_and_nothing_else()
    {
        Assert.Equal(["a", "b"], _harness.Run(OutputMode.Keep, "text", "a", "b"));

        Assert.Equal(["a.txt", "b.txt"], _harness.Files);
        Assert.Equal("text", File.ReadAllText(_harness["a.txt"]));
        Assert.Equal(
            [".egress/journal.jsonl", ".egress/lock"],
            Directory.GetFiles(_harness[".egress"], "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(_harness.Destination, path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_resumed_run_does_what_is_missing()
    {
        _harness.Run(OutputMode.Resume, "1", "a", "b", "c");
        File.Delete(_harness["b.txt"]);
        Assert.Equal(["b", "d"], _harness.Run(OutputMode.Resume, "2", "a", "b", "c", "d"));
        Assert.Equal("1212", Texts("a", "b", "c", "d"));
    }

    [Fact]
    public void A_resumed_run_makes_an_output_again_that_is_not_as_the_journal_has_it()
    {
        _harness.Run(OutputMode.Resume, "long text", "a", "b");
        File.WriteAllText(_harness["a.txt"], "short");

        Assert.Equal(["a"], _harness.Run(OutputMode.Resume, "new", "a", "b"));
        Assert.Equal("new", File.ReadAllText(_harness["a.txt"]));
    }

    [Fact]
    public void What_was_committed_since_the_last_checkpoint_is_read_and_not_believed()
    {
        using (var run = _harness.Open())
        {
            Assert.True(OutputHarness.Write(run, "a", "text"));
            KeepJournalOfNow();
        }

        RestoreJournal();
        File.WriteAllText(_harness["a.txt"], "TEXT");
        Assert.Equal(["a"], _harness.Run(OutputMode.Resume, "text", "a"));
    }

    [Fact]
    public void A_file_that_a_killed_run_could_not_record_is_made_again()
    {
        _harness.Run(OutputMode.Resume, "1", "a");
        File.WriteAllText(_harness["b.txt"], "complete or not: who knows");
        Assert.Equal(["b"], _harness.Run(OutputMode.Resume, "2", "a", "b"));
        Assert.Equal("2", File.ReadAllText(_harness["b.txt"]));
    }

    [Theory]
    [InlineData(OutputMode.Keep, "theirs")]
    [InlineData(OutputMode.Resume, "theirs")]
    [InlineData(OutputMode.Replace, "ours")]
    [InlineData(OutputMode.ResumeAndReplace, "ours")]
    public void A_file_that_was_there_before_the_journal_is_replaced_only_by_force(OutputMode mode, string content)
    {
        File.WriteAllText(_harness["a.txt"], "theirs");
        File.SetLastWriteTimeUtc(_harness["a.txt"], DateTime.UtcNow.AddHours(-1));

        Assert.Equal(content == "ours" ? ["a", "b"] : ["b"], _harness.Run(mode, "ours", "a", "b"));
        Assert.Equal(content, File.ReadAllText(_harness["a.txt"]));
        Assert.Equal(content == "ours" && mode == OutputMode.Replace ? ["a", "b"] : [], _harness.Run(mode, "ours", "a", "b"));
    }

    [Fact]
    public void Without_resuming_whatever_exists_is_kept()
    {
        _harness.Run(OutputMode.Keep, "long text", "a", "b");
        File.WriteAllText(_harness["a.txt"], "short");
        File.Delete(_harness["b.txt"]);
        Assert.Equal(["b"], _harness.Run(OutputMode.Keep, "new", "a", "b"));
        Assert.Equal("short", File.ReadAllText(_harness["a.txt"]));
    }

    [Theory]
    [InlineData(OutputMode.Keep)]
    [InlineData(OutputMode.Resume)]
    public void Settings_are_not_mixed_and_the_error_names_those_that_differ(OutputMode mode)
    {
        var before = OutputHarness.Settings(("ClassCount", "21"), ("Model", "m"), ("Seed", "1"));
        var now = OutputHarness.Settings(("ClassCount", "19"), ("Model", "m"), ("Weights", "sha256:00"));
        _harness.Run(mode, before, "1", "a");

        var error = Assert.Throws<EgressException>(() => _harness.Run(mode, now, "2", "a", "b"));

        Assert.Equal((EgressErrorId.DestinationSettingsDiffer, _harness.Destination), (error.ErrorId, error.Target));
        Assert.Contains(
            "-ClassCount was 21 and is 19, -Seed was 1 and is not set, -Weights was not set and is sha256:00.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a.txt"], _harness.Files);
        Assert.Equal(["b"], _harness.Run(mode, before, "1", "a", "b"));
    }

    [Fact]
    public void Forced_and_resumed_a_run_replaces_the_outputs_of_other_settings_and_no_others()
    {
        var before = OutputHarness.Settings(("Seed", "1"));
        var now = OutputHarness.Settings(("Seed", "2"));
        _harness.Run(OutputMode.Resume, before, "1", "a", "b", "c");
        Assert.Equal(["a"], _harness.Run(OutputMode.Replace, now, "2", "a"));

        Assert.Equal(["b", "c"], _harness.Run(OutputMode.ResumeAndReplace, now, "2", "a", "b", "c"));
        Assert.Equal([], _harness.Run(OutputMode.Resume, now, "2", "a", "b", "c"));
        Assert.Equal("222", Texts("a", "b", "c"));
    }

    [Fact]
    public void An_input_that_has_changed_is_done_again_and_another_of_its_name_is_refused()
    {
        using (var run = _harness.Open())
        {
            Assert.False(Reserve(run, "/in/a.jpg", 10).IsDone);
            using var unit = run.Begin(Reserve(run, "/in/b.jpg", 10));
            unit.Create("b.txt");
            unit.Commit();
        }

        using (var run = _harness.Open())
        {
            Assert.True(Reserve(run, "/in/b.jpg", 10).IsDone);
        }

        using (var run = _harness.Open())
        {
            Assert.True(Reserve(run, "/moved/b.jpg", 10).IsDone);
        }

        using (var run = _harness.Open())
        {
            Assert.True(Reserve(run, "/in/b.jpg", 11) is { IsDone: false, IsHealed: true });
        }

        using (var run = _harness.Open())
        {
            var error = Assert.Throws<ItemException>(() => Reserve(run, "/other/b.jpg", 11));
            Assert.Equal(EgressErrorId.OutputNameCollision, error.ErrorId);
        }
    }

    [Fact]
    public void Files_of_a_unit_become_final_together()
    {
        using var run = _harness.Open();
        var ticket = run.Reserve("a", ["a.txt", "a.zarr/c/0/0", "a.zarr/zarr.json"], "/in/a");
        using (var unit = run.Begin(ticket))
        {
            foreach (var name in ticket.Names)
            {
                unit.Create(name).Write(new byte[100]);
            }

            Assert.Empty(_harness.Files);
            Assert.Equal(300, unit.Commit(new Dictionary<string, string> { ["row"] = "7" }));
        }

        Assert.Equal(ticket.Names, _harness.Files);
        run.Dispose();
        File.Delete(_harness["a.zarr/c/0/0"]);
        using var next = _harness.Open();
        var again = next.Reserve("a", ticket.Names, "/in/a");
        Assert.True(again is { IsDone: false, IsHealed: true });
        Assert.Equal("7", again.Recorded!.Notes["row"]);
    }

    [Fact]
    public void A_unit_that_is_not_committed_leaves_nothing()
    {
        using var run = _harness.Open();
        using (var unit = run.Begin(run.Reserve("a", ["a.txt", "deep/a.npy"], "/in/a")))
        {
            unit.Create("a.txt").Write(new byte[100_000]);
            unit.Create("deep/a.npy").Write(new byte[100_000]);
        }

        Assert.Empty(_harness.Files);
        Assert.Empty(Directory.GetFiles(_harness[".egress/partial"]));
    }

    [Fact]
    public void One_file_holds_many_items()
    {
        using (var run = _harness.Open())
        {
            using var unit = run.Begin([.. new[] { "a", "b" }.Select(item => run.Reserve(item, [], "/in/" + item))]);
            unit.Create("part-0.tar").Write(new byte[10]);
            unit.Commit();
            run.CommitShared("index.json", "[]"u8);
            run.Complete();
        }

        using var next = _harness.Open();
        Assert.True(next.Reserve("a", [], "/in/a").IsDone);
        Assert.True(next.Reserve("b", [], "/in/b").IsDone);
        Assert.False(next.Reserve("c", [], "/in/c").IsDone);
        next.CommitShared("index.json", "[1]"u8);
        Assert.Equal("[1]", File.ReadAllText(_harness["index.json"]));
    }

    [Fact]
    public void A_name_is_given_once_and_never_to_the_input_itself()
    {
        using var run = _harness.Open();
        run.Reserve("x", ["x.txt"], "/a/x.jpg");
        var collision = Assert.Throws<ItemException>(() => run.Reserve("x", ["x.txt"], "/b/x.png"));
        Assert.Equal((EgressErrorId.OutputNameCollision, "/b/x.png"), (collision.ErrorId, collision.Target));
        var itself = Assert.Throws<ItemException>(() => run.Reserve("y", ["y.txt"], _harness["y.txt"]));
        Assert.Equal(EgressErrorId.OutputReplacesInput, itself.ErrorId);
    }

    [Fact]
    public void Remains_of_a_killed_run_are_removed()
    {
        Directory.CreateDirectory(_harness[".egress/partial"]);
        File.WriteAllText(_harness[".egress/partial/1-1"], "half");
        _harness.Run(OutputMode.Keep, "text", "a");
        Assert.Empty(Directory.GetFiles(_harness[".egress/partial"]));
    }

    [Fact]
    public void The_folder_is_made_where_it_is_missing_and_told_of_where_that_fails()
    {
        using (OutputStores.Open(_harness["x/y"]))
        {
            Assert.True(Directory.Exists(_harness["x/y"]));
        }

        File.WriteAllText(_harness["file"], "");
        var error = Assert.Throws<EgressException>(() => OutputStores.Open(_harness["file/below"]));
        Assert.Equal((EgressErrorId.DestinationNotWritable, _harness["file/below"]), (error.ErrorId, error.Target));
        Assert.Contains($"'{_harness["file"]}' is a file, not a folder", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _harness.Dispose();

    private static OutputTicket Reserve(OutputRun run, string path, long bytes)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return run.Reserve(stem, [stem + ".txt"], path, new OutputSource(path, bytes));
    }

    private string Texts(params string[] items) => string.Concat(items.Select(item => File.ReadAllText(_harness[item + ".txt"])));

    private void KeepJournalOfNow() => File.Copy(_harness.Journal, _harness.Journal + ".kept");

    private void RestoreJournal() => File.Move(_harness.Journal + ".kept", _harness.Journal, overwrite: true);
}

using Egress.Output;

namespace Egress.Tests.Output;

/// <summary>What a run may replace: its own item's files, and no other item's, no input, and nothing that was there before any run.</summary>
public sealed class OutputOwnershipTests : IDisposable
{
    private static readonly string[] s_names = ["a.txt", "a.overlay.txt"];
    private readonly OutputHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(OutputMode.Keep)]
    [InlineData(OutputMode.Resume)]
    public void A_file_that_was_there_before_any_run_is_kept_whichever_of_an_items_files_has_its_name(OutputMode mode)
    {
        Directory.CreateDirectory(_harness.Destination);
        WriteOld("a.overlay.txt");
        using (var run = _harness.Open(mode))
        {
            var error = Assert.Throws<ItemException>(() => run.Reserve("a", s_names, "/in/a"));
            Assert.Equal((EgressErrorId.OutputNameCollision, "/in/a"), (error.ErrorId, error.Target));
            Assert.Contains("a.overlay.txt", error.Message, StringComparison.Ordinal);
        }

        // With -Force it is replaced: it is not in the inputs' folder.
        using var replacing = _harness.Open(OutputMode.Replace);
        Write(replacing, "a", s_names, "/in/a");
        Assert.Equal("new", File.ReadAllText(_harness["a.overlay.txt"]));
    }

    [Fact]
    public void What_a_killed_run_could_not_record_is_replaced()
    {
        _harness.Run(OutputMode.Resume, "text", "b");
        File.WriteAllText(_harness["a.overlay.txt"], "half");
        File.SetLastWriteTimeUtc(_harness["a.overlay.txt"], DateTime.UtcNow.AddSeconds(5));
        using var run = _harness.Open();
        Write(run, "a", s_names, "/in/a");
        Assert.Equal("new", File.ReadAllText(_harness["a.overlay.txt"]));
    }

    [Theory]
    [InlineData(OutputMode.Resume)]
    [InlineData(OutputMode.Replace)]
    [InlineData(OutputMode.ResumeAndReplace)]
    public void Files_of_two_items_with_one_name_are_a_collision_whichever_was_first(OutputMode mode)
    {
        using (var run = _harness.Open())
        {
            Write(run, "x.overlay", ["x.overlay.txt"], "/in/x.overlay");
            Write(run, "y", ["y.txt", "y.overlay.txt"], "/in/y");
            run.Complete();
        }

        var next = _harness.Open(mode);
        foreach (var (item, names) in new[] { ("x", new[] { "x.txt", "x.overlay.txt" }), ("y.overlay", ["y.overlay.txt"]) })
        {
            var error = Assert.Throws<ItemException>(() => next.Reserve(item, names, "/in/" + item));
            Assert.Equal(EgressErrorId.OutputNameCollision, error.ErrorId);
        }
        next.Dispose();

        // Each item's own files are its own.
        using var last = _harness.Open(mode);
        Assert.Equal(mode != OutputMode.Replace, last.Reserve("y", ["y.txt", "y.overlay.txt"], "/in/y").IsDone);
    }

    [Theory]
    [InlineData(OutputMode.Replace)]
    [InlineData(OutputMode.ResumeAndReplace)]
    public void A_run_that_replaces_spares_what_may_be_an_input(OutputMode mode)
    {
        Directory.CreateDirectory(_harness.Destination);
        WriteOld("a.txt");
        using (var run = _harness.Open(mode))
        {
            var error = Assert.Throws<ItemException>(() => run.Reserve("a", ["a.txt"], _harness["a.jpg"]));
            Assert.Equal(EgressErrorId.OutputReplacesInput, error.ErrorId);
            Write(run, "b", ["b.txt"], _harness["b.jpg"]);
            run.Complete();
        }

        // What a run has made there is replaced.
        using var next = _harness.Open(OutputMode.Replace);
        Write(next, "b", ["b.txt"], _harness["b.jpg"]);
        Assert.Equal("old", File.ReadAllText(_harness["a.txt"]));
    }

    [Theory]
    [InlineData(OutputMode.Keep)]
    [InlineData(OutputMode.Resume)]
    [InlineData(OutputMode.Replace)]
    public void An_output_that_comes_as_an_input_is_passed_over(OutputMode mode)
    {
        using (var run = _harness.Open())
        {
            Write(run, "a", s_names, _harness["a.jpg"]);
            run.Complete();
        }

        using var next = _harness.Open(mode);
        Assert.All(s_names, name =>
        {
            var ticket = next.Reserve("again " + name, ["again " + name], _harness[name]);
            Assert.Equal((true, _harness[name]), (ticket.IsDone, ticket.Location));
        });
        Assert.False(next.Reserve("c", ["c.txt"], _harness["c.jpg"]).IsDone);
    }

    [Fact]
    public void An_input_that_has_changed_is_done_again_and_another_of_its_name_is_a_collision()
    {
        Directory.CreateDirectory(_harness["in/copies"]);
        var path = Input("in/a.jpg", "one", 1);
        Reserve(path, writes: true);
        Assert.True(Reserve(path).IsDone);

        // Of one size, changed in place.
        Input("in/a.jpg", "two", 2);
        Assert.True(Reserve(path, writes: true) is { IsDone: false, IsHealed: true });
        Assert.True(Reserve(path).IsDone);

        // A copy with its own time, then another picture of one size, then one whose original is gone.
        var copy = Input("in/copies/a.jpg", "two", 3);
        Assert.True(Reserve(copy).IsDone);
        Input("in/copies/a.jpg", "six", 4);
        Assert.Equal(EgressErrorId.OutputNameCollision, Assert.Throws<ItemException>(() => Reserve(copy)).ErrorId);
        File.Delete(path);
        Assert.True(Reserve(copy) is { IsDone: false, IsHealed: true });
    }

    [Fact]
    public void A_journal_without_times_is_believed_by_size()
    {
        using (var run = _harness.Open())
        {
            Write(run, "a", ["a.txt"], "/in/a.jpg", new OutputSource("/in/a.jpg", 3));
            run.Complete();
        }

        using var next = _harness.Open();
        Assert.True(next.Reserve("a", ["a.txt"], "/in/a.jpg", new OutputSource("/in/a.jpg", 3, DateTime.UtcNow)).IsDone);
    }

    private static void Write(OutputRun run, string item, string[] names, string target, OutputSource? source = null)
    {
        var ticket = run.Reserve(item, names, target, source);
        Assert.False(ticket.IsDone);
        using var unit = run.Begin(ticket);
        foreach (var name in names)
        {
            unit.Create(name).Write("new"u8);
        }

        Assert.NotNull(unit.Commit());
    }

    private OutputTicket Reserve(string path, bool writes = false)
    {
        using var run = _harness.Open();
        var ticket = run.Reserve("a", ["a.txt"], path, OutputSource.FromFile(path));
        if (writes)
        {
            using var unit = run.Begin(ticket);
            unit.Create("a.txt").Write("new"u8);
            Assert.NotNull(unit.Commit());
        }

        run.Complete();
        return ticket;
    }

    private string Input(string name, string content, int second)
    {
        File.WriteAllText(_harness[name], content);
        File.SetLastWriteTimeUtc(_harness[name], new DateTime(2026, 1, 1, 0, 0, second, DateTimeKind.Utc));
        return _harness[name];
    }

    private void WriteOld(string name)
    {
        File.WriteAllText(_harness[name], "old");
        File.SetLastWriteTimeUtc(_harness[name], DateTime.UtcNow.AddDays(-1));
    }
}

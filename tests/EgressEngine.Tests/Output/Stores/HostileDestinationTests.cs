using System.Diagnostics;
using System.Text;
using Egress.Output;

namespace Egress.Tests.Output.Stores;

/// <summary>Whatever was put into a destination before a run, and whatever its inputs are called, nothing is written outside it.</summary>
public sealed class HostileDestinationTests : IDisposable
{
    private const string Precious = "precious\n";
    private readonly OutputHarness _harness = new();
    private readonly TemporaryFolder _outside = new();

    public void Dispose()
    {
        _harness.Dispose();
        _outside.Dispose();
    }

    [Theory]
    [InlineData("journal.jsonl")]
    [InlineData("lock")]
    [InlineData("owner.json")]
    public void A_link_in_the_place_of_a_file_of_the_bookkeeping_is_refused(string name)
    {
        foreach (var isThere in new[] { true, false })
        {
            File.WriteAllText(_outside["there"], Precious);
            Directory.CreateDirectory(_harness[".egress"]);
            File.CreateSymbolicLink(_harness[".egress/" + name], _outside[isThere ? "there" : "nowhere"]);

            AssertRefused();

            AssertNothingOutside();
            Directory.Delete(_harness[".egress"], recursive: true);
        }
    }

    [Fact]
    public void A_link_in_the_place_of_the_folder_of_unfinished_files_is_refused_and_nothing_behind_it_removed()
    {
        File.WriteAllText(_outside["there"], Precious);
        Directory.CreateDirectory(_harness[".egress"]);
        Directory.CreateSymbolicLink(_harness[".egress/partial"], _outside.Path);

        AssertRefused();

        AssertNothingOutside();
    }

    [Theory]
    [InlineData("journal.jsonl")]
    [InlineData("lock")]
    [InlineData("owner.json")]
    public void A_pipe_in_the_place_of_a_file_of_the_bookkeeping_is_refused_and_not_waited_for(string name)
    {
        Directory.CreateDirectory(_harness[".egress"]);
        MakePipe(_harness[".egress/" + name]);

        AssertRefused();
    }

    [Theory]
    [InlineData(OutputMode.Keep)]
    [InlineData(OutputMode.Replace)]
    [InlineData(OutputMode.Resume)]
    [InlineData(OutputMode.ResumeAndReplace)]
    public void A_link_in_the_place_of_an_output_is_replaced_or_the_items_error_and_never_followed(OutputMode mode)
    {
        File.WriteAllText(_outside["there"], Precious);
        File.CreateSymbolicLink(_harness["a.txt"], _outside["there"]);
        File.CreateSymbolicLink(_harness["b.txt"], _outside["nowhere"]);
        Directory.CreateSymbolicLink(_harness["c.txt"], _outside.Path);

        using (var run = _harness.Open(mode))
        {
            foreach (var item in new[] { "a", "b", "c" })
            {
                try
                {
                    OutputHarness.Write(run, item, "written");
                }
                catch (ItemException error)
                {
                    Assert.Equal((EgressErrorId.OutputNameInvalid, _harness[item + ".txt"]), (error.ErrorId, error.Target));
                }
            }

            Assert.True(OutputHarness.Write(run, "d", "written"));
            run.Complete();
        }

        AssertNothingOutside();
        Assert.Equal("written", File.ReadAllText(_harness["d.txt"]));
        Assert.Empty(Directory.GetFiles(_harness[".egress/partial"]));
    }

    [Fact]
    public void A_folder_in_the_place_of_an_output_is_that_items_error_and_the_run_goes_on()
    {
        Directory.CreateDirectory(_harness["a.txt"]);
        using var run = _harness.Open(OutputMode.Replace);

        var error = Assert.Throws<ItemException>(() => OutputHarness.Write(run, "a", "written"));

        Assert.Equal((EgressErrorId.OutputNameInvalid, _harness["a.txt"]), (error.ErrorId, error.Target));
        Assert.Contains("a folder has that name", error.Message, StringComparison.Ordinal);
        Assert.True(OutputHarness.Write(run, "b", "written"));
    }

    [Fact]
    public void A_pipe_in_the_place_of_an_output_is_replaced_and_one_in_the_place_of_its_folder_is_the_items_error()
    {
        MakePipe(_harness["a.txt"]);
        MakePipe(_harness["folder"]);
        using var run = _harness.Open(OutputMode.Replace);

        Assert.True(OutputHarness.Write(run, "a", "written"));
        Assert.Equal(EgressErrorId.OutputNameInvalid, Assert.Throws<ItemException>(() => OutputHarness.Write(run, "folder/b", "written")).ErrorId);

        Assert.Equal("written", File.ReadAllText(_harness["a.txt"]));
    }

    [Fact]
    public void An_input_that_a_link_leads_to_is_not_replaced_by_its_own_output()
    {
        File.WriteAllText(_harness["a.txt"], Precious);
        Directory.CreateSymbolicLink(_outside["inputs"], _harness.Destination);
        using var run = _harness.Open(OutputMode.Replace);

        var error = Assert.Throws<ItemException>(() => run.Reserve("a", ["a.txt"], _outside["inputs/a.txt"]));

        Assert.Equal(EgressErrorId.OutputReplacesInput, error.ErrorId);
        Assert.False(run.Reserve("b", ["b.txt"], _outside["inputs/b.jpg"]).IsDone);
    }

    [Fact]
    public void Names_of_every_kind_lie_in_the_destination_or_are_refused()
    {
        string[] good = ["A", "a", "line\nfeed", "bell\a\t\u001b[31m", "..a", "-rf", "*?", "\\..\\x", "日本", new string('x', 251), "\u202Egnp"];
        string[] bad = ["../a", "/etc/a", "a/../../a", ".egress/a", "zero\0", new string('x', 252), ".EGRESS/a", "./a", "a//b"];
        using var run = _harness.Open(OutputMode.Keep);

        foreach (var item in good)
        {
            Assert.True(OutputHarness.Write(run, item, item));
        }

        foreach (var item in bad)
        {
            Assert.Equal(EgressErrorId.OutputNameInvalid, Assert.Throws<ItemException>(() => OutputHarness.Write(run, item, "x")).ErrorId);
        }

        run.Complete();
        run.Dispose();
        Assert.Equal(good.Select(item => item + ".txt").Order(StringComparer.Ordinal), _harness.Files);
        Assert.All(good, item => Assert.Equal(item, File.ReadAllText(_harness[item + ".txt"])));
        Assert.Equal([_harness.Destination], Directory.GetFileSystemEntries(Path.GetDirectoryName(_harness.Destination)!));
        using var again = _harness.Open(OutputMode.Resume);
        Assert.All(good, item => Assert.False(OutputHarness.Write(again, item, "again")));
    }

    private static void MakePipe(string path)
    {
        using var mkfifo = Process.Start("mkfifo", [path]);
        mkfifo.WaitForExit();
        Assert.Equal(0, mkfifo.ExitCode);
    }

    private void AssertRefused()
    {
        var error = Assert.Throws<EgressException>(() => _harness.Open(OutputMode.Replace).Dispose());
        Assert.Equal((EgressErrorId.DestinationNotWritable, _harness.Destination), (error.ErrorId, error.Target));
    }

    private void AssertNothingOutside()
    {
        Assert.Equal([_outside["there"]], Directory.GetFileSystemEntries(_outside.Path));
        Assert.Equal(Precious, File.ReadAllText(_outside["there"], Encoding.UTF8));
    }
}

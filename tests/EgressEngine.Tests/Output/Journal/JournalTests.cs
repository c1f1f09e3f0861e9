using System.Text;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Output.Stores;

namespace Egress.Tests.Output.Journal;

public sealed class JournalTests : IDisposable
{
    private readonly OutputHarness _harness = new();

    [Fact]
    public void The_checksum_is_the_one_of_its_standard()
    {
        // RFC 3720, B.4, and the usual check value.
        Assert.Equal(0xE306_9283, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A91_36AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8_AB43u, Crc32C.Of([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal((0xE306_9283, 9L), Crc32C.Of(new MemoryStream("123456789"u8.ToArray()), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Every_item_is_found_with_what_was_written()
    {
        var names = Enumerable.Range(0, 500).Select(index => $"picture {index} \"ä\"\n").ToArray();
        _harness.Run(OutputMode.Resume, "content", names);

        using var store = new LocalStore(_harness.Destination);
        using var index = JournalIndex.OfItems(store);
        Assert.Equal(500, index.Count);
        Assert.Equal(0, index.DamagedLines);
        foreach (var name in names.Reverse())
        {
            Assert.True(index.TryFind(name, out var unit, out var isDurable));
            Assert.True(isDurable);
            Assert.Equal([new CommittedFile(name + ".txt", 7, Crc32C.Of("content"u8))], unit.Files);
        }

        Assert.False(index.TryFind("picture 500", out _, out _));
    }

    [Fact]
    public void A_torn_last_line_is_cut_off_wherever_it_was_torn()
    {
        _harness.Run(OutputMode.Resume, "1", "a", "b");
        var whole = File.ReadAllBytes(_harness.Journal);
        var lines = Encoding.UTF8.GetString(whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var commitOfB = Array.FindIndex(lines, line => line.Contains("b.txt", StringComparison.Ordinal));
        var start = Encoding.UTF8.GetByteCount(string.Join('\n', lines[..commitOfB])) + 1;
        var end = start + lines[commitOfB].Length;
        for (var length = start; length <= end; length++)
        {
            File.WriteAllBytes(_harness.Journal, whole[..length]);
            Assert.Equal(["b"], _harness.Run(OutputMode.Resume, "1", "a", "b"));
            Assert.All(
                File.ReadAllLines(_harness.Journal), line => Assert.NotNull(JournalLine.Parse(Encoding.UTF8.GetBytes(line))));
        }
    }

    [Fact]
    public void A_damaged_line_counts_as_not_written()
    {
        _harness.Run(OutputMode.Resume, "1", "a", "b", "c");
        var text = File.ReadAllText(_harness.Journal);
        File.WriteAllText(_harness.Journal, text.Replace("b.txt", "B.txt", StringComparison.Ordinal));

        using (var run = _harness.Open())
        {
            Assert.Equal(1, run.DamagedJournalLines);
        }

        Assert.Equal(["b"], _harness.Run(OutputMode.Resume, "1", "a", "b", "c"));
    }

    [Fact]
    public void Any_single_byte_that_changes_is_seen()
    {
        var line = JournalLine.Commit(new CommittedUnit
        {
            Items = [new CommittedItem("a", null)],
            Files = [new CommittedFile("a.txt", 1, 2)],
            SettingsId = "s",
        })[..^1];
        Assert.NotNull(JournalLine.Parse(line));
        for (var at = 0; at < line.Length; at++)
        {
            var damaged = line.ToArray();
            damaged[at] ^= 0x10;
            Assert.Null(JournalLine.Parse(damaged));
        }
    }

    [Fact]
    public void Zeros_at_the_end_that_a_crash_of_the_machine_left_are_harmless()
    {
        _harness.Run(OutputMode.Resume, "1", "a");
        using (var file = File.OpenWrite(_harness.Journal))
        {
            file.Seek(0, SeekOrigin.End);
            file.Write(new byte[200_000]);
        }

        Assert.Equal(["b"], _harness.Run(OutputMode.Resume, "1", "a", "b"));
        Assert.DoesNotContain((byte)0, File.ReadAllBytes(_harness.Journal));
    }

    [Fact]
    public void Journals_of_shards_count_as_one()
    {
        foreach (var shard in new[] { "1-of-2", "2-of-2" })
        {
            using var run = _harness.Open(scope: shard);
            Assert.True(OutputHarness.Write(run, "item " + shard, "text"));
            run.Complete();
        }

        Assert.Equal(["c"], _harness.Run(OutputMode.Resume, "text", "item 1-of-2", "item 2-of-2", "c"));
    }

    [Fact]
    public void A_journal_of_a_newer_version_is_not_touched()
    {
        _harness.Run(OutputMode.Resume, "1", "a");
        var first = File.ReadAllLines(_harness.Journal)[0];
        var body = first[..first.LastIndexOf(",\"check\"", StringComparison.Ordinal)].Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal);
        var text = $"{body},\"check\":\"{Crc32C.Of(Encoding.UTF8.GetBytes(body)):x8}\"}}\n";
        File.WriteAllText(_harness.Journal, text);

        var error = Assert.Throws<EgressException>(() => _harness.Open());
        Assert.Equal((EgressErrorId.JournalUnsupported, _harness.Destination), (error.ErrorId, error.Target));
        Assert.Equal(text, File.ReadAllText(_harness.Journal));
    }

    [Fact]
    public void Lines_longer_than_any_buffer_are_read()
    {
        using (var run = _harness.Open())
        {
            using var unit = run.Begin([.. Enumerable.Range(0, 5000).Select(item => run.Reserve($"item {item}", [], $"/in/{item}"))]);
            unit.Create("part-0").Write(new byte[10]);
            unit.Commit();
        }

        using var next = _harness.Open();
        Assert.True(next.Reserve("item 4999", [], "/in/4999").IsDone);
        Assert.True(next.Reserve("item 0", [], "/in/0").IsDone);
    }

    public void Dispose() => _harness.Dispose();
}

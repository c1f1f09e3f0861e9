using System.Management.Automation;

namespace Egress.Shell.Tests;

public sealed class ProgressDisplayTests : IDisposable
{
    private const string Erase = "\r\e[K";

    private readonly StringWriter _written = new() { NewLine = "\n" };
    private readonly ManualClock _clock = new();

    public void Dispose() => _written.Dispose();

    [Fact]
    public void A_log_gets_at_most_one_line_in_ten_seconds()
    {
        var display = new ProgressDisplay(_written, inPlace: false, () => 80, _clock);
        for (var second = 0; second <= 25; second++)
        {
            display.Update(0, Record(1, "Segmenting", $"picture {second}", percent: second));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        display.Update(0, Record(1, "Segmenting", "end", completed: true));
        Assert.Equal(
            "Segmenting: picture 0, 0 %\nSegmenting: picture 10, 10 %\nSegmenting: picture 20, 20 %\n",
            _written.ToString());
    }

    [Fact]
    public void A_terminal_gets_one_line_that_is_written_over_and_cleared_at_the_end()
    {
        var display = new ProgressDisplay(_written, inPlace: true, () => 80, _clock);
        display.Update(0, Record(1, "Copying", "first", percent: 50, seconds: 61));
        display.Update(0, Record(1, "Copying", "too soon", percent: 60));
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        display.Update(0, Record(1, "Copying", "second"));
        display.Update(0, Record(1, "Copying", "end", completed: true));
        Assert.Equal(
            $"{Erase}Copying: first, 50 %, 00:01:01 left [##########          ]{Erase}Copying: second{Erase}",
            _written.ToString());
    }

    [Fact]
    public void The_line_fits_the_terminal_also_with_wide_characters()
    {
        var display = new ProgressDisplay(_written, inPlace: true, () => 40, _clock);
        display.Update(0, Record(1, "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", "status", percent: 100));
        var line = _written.ToString()[Erase.Length..];
        Assert.EndsWith("… [####################]", line, StringComparison.Ordinal);
        Assert.InRange(CellWidth.Of(line), 37, 39);
    }

    [Fact]
    public void A_record_of_several_lines_stays_on_one()
    {
        var display = new ProgressDisplay(_written, inPlace: false, () => 80, _clock);
        display.Update(0, Record(1, "One\r\nTwo", "\e[31mred\n"));
        Assert.Equal("One Two: [31mred\n", _written.ToString());
    }

    [Fact]
    public void When_an_activity_completes_the_one_around_it_is_shown_again()
    {
        var display = new ProgressDisplay(_written, inPlace: true, () => 80, _clock);
        display.Update(0, Record(1, "Outer", "o"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        display.Update(0, Record(2, "Inner", "i"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        display.Update(0, Record(2, "Inner", "i", completed: true));
        Assert.Equal($"{Erase}Outer: o{Erase}Inner: i{Erase}Outer: o", _written.ToString());
    }

    [Fact]
    public void Output_hides_the_line_and_a_line_that_is_not_ended_keeps_it_away()
    {
        var display = new ProgressDisplay(_written, inPlace: true, () => 80, _clock);
        display.Update(0, Record(1, "A", "1"));
        display.Hide();
        display.Hide();
        _clock.Advance(TimeSpan.FromSeconds(1));
        display.Update(0, Record(1, "A", "2"), mayDraw: false);
        display.Reset();
        Assert.Equal($"{Erase}A: 1{Erase}", _written.ToString());
    }

    private static ProgressRecord Record(
        int id, string activity, string status, int percent = -1, int seconds = -1, bool completed = false) => new(id, activity, status)
        {
            PercentComplete = percent,
            SecondsRemaining = seconds,
            RecordType = completed ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        };

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}

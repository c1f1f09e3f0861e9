using System.Globalization;
using System.Text.Json;
using Egress.Operations;

namespace Egress.Tests.Operations;

public sealed class RunLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_event_is_one_object_on_one_line_whatever_is_in_it()
    {
        using (var log = new RunLog(_folder["run.log"], "r1"))
        {
            log.Write(
                RunLogLevel.Warning, RunLogEvent.ImageFailed, ("path", "a\nb\"c\u0001\uD800.jpg"), ("left out", null), ("bytes", 5L),
                ("seconds", TimeSpan.FromMilliseconds(1500)), ("healthy", true), ("rate", double.NaN),
                ("errors", new Dictionary<string, long> { ["PictureDamaged"] = 2 }));
            log.Write(RunLogLevel.Info, RunLogEvent.RunEnded);
        }

        var lines = File.ReadAllLines(_folder["run.log"]);
        Assert.Equal(2, lines.Length);
        var first = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(
            ["time", "level", "event", "run", "host", "process", "path", "bytes", "seconds", "healthy", "rate", "errors"],
            first.EnumerateObject().Select(field => field.Name));
        Assert.Equal("warning", first.GetProperty("level").GetString());
        Assert.Equal("image.failed", first.GetProperty("event").GetString());
        Assert.Equal("a\nb\"c\u0001\uFFFD.jpg", first.GetProperty("path").GetString());
        Assert.Equal(1.5, first.GetProperty("seconds").GetDouble());
        Assert.Equal(2, first.GetProperty("errors").GetProperty("PictureDamaged").GetInt64());
        Assert.True(DateTimeOffset.TryParseExact(
            first.GetProperty("time").GetString(), "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _));
    }

    [Fact]
    public void Many_logs_and_threads_append_to_one_file_without_breaking_a_line()
    {
        const int Logs = 4, Threads = 3, Events = 200;
        File.WriteAllText(_folder["run.log"], "{\"event\":\"before\"}\n");
        var logs = Enumerable.Range(0, Logs).Select(i => new RunLog(_folder["run.log"], $"r{i}")).ToList();

        var writers = logs.SelectMany(log => Enumerable.Range(0, Threads).Select(thread => Bounded.Start("a writer of the log", () =>
        {
            for (var i = 0; i < Events; i++)
            {
                log.Write(RunLogLevel.Info, RunLogEvent.ImageWritten, ("path", new string('x', i)), ("batch", (long)i));
            }
        }))).ToList();
        writers.ForEach(writer => writer.Join());
        logs.ForEach(log => log.Dispose());

        var lines = File.ReadAllLines(_folder["run.log"]);
        Assert.Equal("{\"event\":\"before\"}", lines[0]);
        var counts = lines.Skip(1).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("run").GetString()!).CountBy(run => run);
        Assert.Equal(Logs, counts.Count());
        Assert.All(counts, count => Assert.Equal(Threads * Events, count.Value));
    }

    [Fact]
    public void A_log_that_cannot_be_opened_is_an_error_with_the_parameter_to_change()
    {
        var error = Assert.Throws<EgressException>(() => new RunLog(_folder["missing/run.log"], "r"));
        Assert.Equal((EgressErrorId.LogNotWritable, EgressErrorCategory.WriteError), (error.ErrorId, error.Category));
        Assert.Contains("-LogPath", error.Advice, StringComparison.Ordinal);
        Assert.Equal(_folder["missing/run.log"], error.Target);
    }

    [Fact]
    public void A_full_disk_stops_the_log_and_nothing_else()
    {
        // The kernel's device that is always full.
        using var log = new RunLog("/dev/full", "r");
        Assert.Null(log.Problem);
        log.Write(RunLogLevel.Info, RunLogEvent.RunStarted);
        Assert.NotNull(log.Problem);
        log.Write(RunLogLevel.Info, RunLogEvent.RunEnded);
    }
}

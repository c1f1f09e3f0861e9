using System.Text;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Output.Stores;

namespace Egress.Tests.Output;

/// <summary>A destination in a temporary folder, and runs over it that write small texts.</summary>
internal sealed class OutputHarness : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OutputHarness() => Destination = _folder.Folder("out");

    public string Destination { get; }

    public string this[string name] => Path.Combine(Destination, name);

    public string Journal => this[".egress/journal.jsonl"];

    /// <summary>The outputs: everything but the bookkeeping.</summary>
    public string[] Files => [.. LocalStore.ForReading(Destination).List().Order(StringComparer.Ordinal)];

    public static RunSettings Settings(params (string Name, string Value)[] values) =>
        new(values.Select(value => KeyValuePair.Create(value.Name, value.Value)));

    public OutputRun Open(OutputMode mode = OutputMode.Resume, RunSettings? settings = null, string scope = "", IOutputStore? store = null) =>
        OutputRun.Open(store ?? new LocalStore(Destination), new OutputRunOptions
        {
            Settings = settings ?? Settings(("Model", "a")),
            Mode = mode,
            Scope = scope,
            CheckpointInterval = TimeSpan.FromHours(1),
        });

    /// <summary>A whole run: each item's text goes into its file, unless it is done. Returns the items that were done.</summary>
    public List<string> Run(OutputMode mode, string text, params string[] items) => Run(mode, null, text, items);

    public List<string> Run(OutputMode mode, RunSettings? settings, string text, params string[] items)
    {
        using var run = Open(mode, settings);
        var done = items.Where(item => Write(run, item, text)).ToList();
        run.Complete();
        return done;
    }

    /// <summary>Writes an item's file unless it is there; returns whether it did.</summary>
    public static bool Write(OutputRun run, string item, string text)
    {
        var ticket = run.Reserve(item, [item + ".txt"], "/in/" + item);
        if (ticket.IsDone)
        {
            return false;
        }

        using var unit = run.Begin(ticket);
        unit.Create(ticket.Names[0]).Write(Encoding.UTF8.GetBytes(text));
        return unit.Commit() is not null;
    }

    public void Dispose() => _folder.Dispose();
}

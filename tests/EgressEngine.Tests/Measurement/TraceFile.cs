using System.Text.Json;

namespace Egress.Tests.Measurement;

/// <summary>A timeline as it was written, read back.</summary>
internal sealed class TraceFile
{
    private readonly Dictionary<int, string> _processes = [];
    private readonly Dictionary<(int Process, int Track), string> _tracks = [];

    public TraceFile(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var slices = new List<TraceSlice>();
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            var process = entry.GetProperty("pid").GetInt32();
            var arguments = entry.GetProperty("args");
            switch (entry.GetProperty("ph").GetString(), entry.GetProperty("name").GetString()!)
            {
                case ("M", "process_name"):
                    _processes.Add(process, arguments.GetProperty("name").GetString()!);
                    break;
                case ("M", "thread_name"):
                    _tracks.Add((process, entry.GetProperty("tid").GetInt32()), arguments.GetProperty("name").GetString()!);
                    break;
                case ("X", var name):
                    var start = entry.GetProperty("ts").GetDouble();
                    slices.Add(new TraceSlice(
                        process, entry.GetProperty("tid").GetInt32(), name, entry.GetProperty("cat").GetString()!,
                        arguments.GetProperty("batch").GetInt64(), start, start + entry.GetProperty("dur").GetDouble()));
                    break;
            }
        }

        Slices = slices;
    }

    public IReadOnlyList<TraceSlice> Slices { get; }

    /// <summary>Processes by number: the engine's is 1, devices follow.</summary>
    public IReadOnlyDictionary<int, string> Processes => _processes;

    /// <summary>The slices of a device's track in the order of their beginnings.</summary>
    /// <param name="track">The track's name.</param>
    /// <param name="process">The device's process.</param>
    public IReadOnlyList<TraceSlice> Device(string track, int process = 2) =>
        [.. Slices.Where(slice => slice.Process == process && _tracks[(process, slice.Track)] == track).OrderBy(slice => slice.Start)];

    /// <summary>The names of a process's tracks.</summary>
    public IEnumerable<string> Tracks(int process) => _tracks.Where(track => track.Key.Process == process).Select(track => track.Value);
}

/// <summary>A slice of a track; times in microseconds.</summary>
internal sealed record TraceSlice(int Process, int Track, string Name, string Category, long Batch, double Start, double End)
{
    public double Duration => End - Start;
}

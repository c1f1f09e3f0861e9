using System.Diagnostics;
using System.Globalization;
using Egress.Backend;
using Egress.Devices;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;
using Egress.Tests;
using Egress.Tests.Pipeline;
using NetVips;

namespace Egress.LongRuns;

/// <summary>Runs that go on for very long, of which the process is looked at ten times: what it holds must not grow.</summary>
internal static class Endurance
{
    private const int Looks = 10;

    /// <summary>Looks that are left out: by then everything has been used once.</summary>
    private const int WarmUp = 2;

    /// <summary>Resident memory that may come and go: the collector's own choice of what to keep, and the allocators'.</summary>
    private const long Slack = 16L << 20;

    /// <summary>
    /// One run of so many batches of three items: on a device that does nothing, or with the smallest model on the one that is named.
    /// </summary>
    public static int Batches(int count, string? device)
    {
        using var lanes = device is null ? null : SegmentationLanes.Open(
            new SegmentationModelOptions { Model = BuiltInModels.Pointwise, ImageSize = 32 }, [DeviceSpec.Parse(device)], () => new TorchBackend());
        using var run = new NullRun(EgressStrategy.Parse("Pipelined"), batchSize: 3, lanes?.Lanes);
        return Watch($"batches on {device ?? "no device"}", count, batches => run.Send(batches));
    }

    /// <summary>
    /// So many real pictures, decoded, computed on the CPU and written, in runs of a hundred that each open and end a destination.
    /// </summary>
    public static int Pictures(int count)
    {
        const int RunLength = 100;
        using var folder = new TemporaryFolder();
        var names = Enumerable.Range(0, RunLength).Select(number => WritePicture(folder, number)).ToList();
        var backend = new TorchBackend();
        backend.SetCpuThreads(1);
        var model = new SegmentationModelOptions { Model = BuiltInModels.Pointwise, ImageSize = 32 };
        using var lanes = SegmentationLanes.Open(model, [new DeviceSpec(DeviceKind.Cpu)], () => backend);
        var options = new SegmentationOptions
        {
            Model = model,
            Pipeline = new PipelineOptions { BatchSize = 4, LoaderCount = 1, WorkerCount = 1, BufferCount = 2 },
            OutputFormat = OutputFormat.Png,
            Destination = folder.Folder("out"),
            Force = true,
        };
        return Watch("pictures", count, pictures =>
        {
            for (var done = 0; done < pictures; done += RunLength)
            {
                // A journal grows with what it records, and is no memory.
                Directory.Delete(options.Destination, recursive: true);
                RunOnce(options, lanes, backend, names);
            }

            return pictures;
        });
    }

    private static string WritePicture(TemporaryFolder folder, int number)
    {
        var path = folder[string.Create(CultureInfo.InvariantCulture, $"picture{number}.{(number % 2 == 0 ? "jpg" : "png")}")];
        using var black = Image.Black(40, 24, 3);
        using var picture = (black + (number * 2.0)).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        File.WriteAllBytes(path, number % 2 == 0 ? picture.JpegsaveBuffer() : picture.PngsaveBuffer());
        return path;
    }

    private static void RunOnce(SegmentationOptions options, SegmentationLanes lanes, TorchBackend backend, List<string> paths)
    {
        using var run = new SegmentationRun(options, lanes, () => backend);
        var written = 0;
        foreach (var offer in paths.Select(run.PrepareFile))
        {
            while (!run.TrySubmit(offer))
            {
                Take(100);
            }
        }

        run.CompleteInput();
        while (!run.IsCompleted)
        {
            Take(100);
        }

        if (written != paths.Count || Directory.GetFiles(options.Destination!).Length != paths.Count)
        {
            throw new InvalidOperationException($"{written} of {paths.Count} outputs were written.");
        }

        void Take(int milliseconds)
        {
            if (run.TryTake(out var outcome, milliseconds))
            {
                written += outcome.Result?.Status == SegmentationStatus.Written ? 1 : 0;
            }
        }
    }

    /// <summary>Looks at the process after each tenth of the work.</summary>
    /// <param name="what">What is done, for the reader.</param>
    /// <param name="count">How much of it there is.</param>
    /// <param name="work">Does so much of it.</param>
    /// <returns>The number of things that the process holds ever more of.</returns>
    public static int Watch(string what, int count, Func<int, int> work)
    {
        var clock = Stopwatch.StartNew();
        var states = new List<ProcessState>();
        for (var look = 1; look <= Looks; look++)
        {
            work(count / Looks);
            states.Add(ProcessState.Now());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {count / Looks * look}, {clock.Elapsed.TotalSeconds:F1} s: {states[^1]}"));
        }

        var (first, last) = (states[WarmUp - 1], states[^1]);
        var least = states.Skip(WarmUp).Min(state => state.ResidentBytes);
        var grown = new List<string>();
        Require(last.ResidentBytes - first.ResidentBytes <= Slack || least - first.ResidentBytes <= 0, "memory");
        Require(states.Skip(WarmUp).Min(state => state.Files) <= first.Files && last.Files <= first.Files + 2, "files");
        Require(states.Skip(WarmUp).Min(state => state.Threads) <= first.Threads && last.Threads <= first.Threads + 4, "threads");
        Require(last.HeldBytes == first.HeldBytes, "held bytes");
        Require(last.DeviceBytes <= first.DeviceBytes, "memory of devices");
        grown.ForEach(name => Console.WriteLine($"FINDING {name}: {first} -> {last}"));
        return grown.Count;

        void Require(bool isFlat, string name)
        {
            if (!isFlat)
            {
                grown.Add(name);
            }
        }
    }
}

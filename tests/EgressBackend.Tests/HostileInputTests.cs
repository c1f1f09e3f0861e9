using System.Diagnostics;
using Egress.Backend.Tests.Pictures;
using Egress.Devices;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;
using Egress.Tests;

namespace Egress.Backend.Tests;

/// <summary>A folder of inputs that somebody has made to do harm: each is processed or named, and outputs stay in the destination.</summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        // .NET cannot name, and so cannot remove, a file whose name is no UTF-8.
        Shell($"rm -rf '{_folder["in"]}'");
        _folder.Dispose();
    }

    [Fact]
    public void Every_input_is_processed_or_named_whatever_it_is_and_is_called()
    {
        var input = _folder.Folder("in");
        string[] good = ["a.png", "A.png", "line\nfeed.png", "bell\a\u001b[31m.png", "..b.png", "[x=1].png", new string('x', 251) + ".png"];
        using var picture = TestPictures.Noise(40, 24);
        var content = picture.PngsaveBuffer();
        foreach (var name in good)
        {
            File.WriteAllBytes(Path.Combine(input, name), content);
        }

        File.CreateSymbolicLink(Path.Combine(input, "link.png"), Path.Combine(input, "a.png"));
        File.CreateSymbolicLink(Path.Combine(input, "loop.png"), Path.Combine(input, "loop.png"));
        File.CreateSymbolicLink(Path.Combine(input, "zeros.png"), "/dev/zero");
        File.CreateSymbolicLink(Path.Combine(input, "tty.png"), "/dev/tty");
        Directory.CreateDirectory(Path.Combine(input, "folder.png"));
        File.WriteAllBytes(Path.Combine(input, ".egress.png"), content);
        File.WriteAllBytes(Path.Combine(input, "..png"), content);
        Shell($"mkfifo '{input}/pipe.png'; cp '{input}/a.png' \"$(printf '{input}/\\377\\376.png')\"");

        var outcomes = Run(Directory.GetFileSystemEntries(input));

        var errors = outcomes.Where(outcome => outcome.Error is not null)
            .ToDictionary(outcome => Path.GetFileName(outcome.Item.Path!), outcome => outcome.Error!.ErrorId, StringComparer.Ordinal);
        Assert.All(outcomes, outcome => Assert.True(outcome.Error is not null || outcome.Result!.Status == SegmentationStatus.Written));
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["folder.png"] = EgressErrorId.PathNotAFile,
                ["loop.png"] = EgressErrorId.PathNotFound,
                ["pipe.png"] = EgressErrorId.PathNotAFile,
                ["tty.png"] = EgressErrorId.PathNotAFile,
                ["zeros.png"] = EgressErrorId.PathNotAFile,
                ["\uFFFD\uFFFD.png"] = EgressErrorId.PathNotFound,
            },
            new SortedDictionary<string, string>(errors, StringComparer.Ordinal));
        Assert.Equal(["in", "out"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(good, name => Assert.True(File.Exists(Path.Combine(_folder["out"], name))));
        Assert.All(good, name => Assert.Equal(content, File.ReadAllBytes(Path.Combine(input, name))));
    }

    private static void Shell(string command)
    {
        using var shell = Process.Start("sh", ["-c", command]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    private List<ItemOutcome<SegmentationItem, SegmentationResult>> Run(IEnumerable<string> paths)
    {
        var backend = new TorchBackend();
        var model = new SegmentationModelOptions { Model = BuiltInModels.Pointwise, ImageSize = 32 };
        var options = new SegmentationOptions
        {
            Model = model,
            Pipeline = new PipelineOptions { BatchSize = 2, LoaderCount = 1, WorkerCount = 1, BufferCount = 2 },
            OutputFormat = OutputFormat.Png,
            Destination = _folder.Folder("out"),
        };
        var outcomes = new List<ItemOutcome<SegmentationItem, SegmentationResult>>();
        using var lanes = SegmentationLanes.Open(model, [new DeviceSpec(DeviceKind.Cpu)], () => backend);
        using var run = new SegmentationRun(options, lanes, () => backend);
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

        return outcomes;

        void Take(int milliseconds)
        {
            if (run.TryTake(out var outcome, milliseconds))
            {
                outcomes.Add(outcome);
            }
        }
    }
}

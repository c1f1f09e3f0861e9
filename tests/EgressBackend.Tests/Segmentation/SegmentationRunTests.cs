using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Egress.Backend.Tests.Pictures;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;
using Egress.Tests;

namespace Egress.Backend.Tests.Segmentation;

/// <summary>The engine with this backend: pictures in, files out.</summary>
public sealed class SegmentationRunTests : IDisposable
{
    private const int Size = 32;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_picture_of_a_run_gets_the_output_that_it_gets_alone()
    {
        var backend = new TorchBackend();
        var model = new SegmentationModelOptions { ImageSize = Size, Seed = 4, OutputKind = OutputKind.Logits };
        var pictures = Enumerable.Range(0, 5).Select(WritePicture).ToArray();
        File.WriteAllText(pictures[3], "no picture");
        var options = new SegmentationOptions
        {
            Model = model,
            Pipeline = new PipelineOptions { BatchSize = 2, LoaderCount = 2, WorkerCount = 2, BufferCount = 2 },
            OutputFormat = OutputFormat.Raw,
            Destination = _folder.Folder("out"),
        };

        var outcomes = new List<ItemOutcome<SegmentationItem, SegmentationResult>>();
        using (var lanes = SegmentationLanes.Open(model, [new DeviceSpec(DeviceKind.Cpu)], () => backend))
        using (var run = new SegmentationRun(options, lanes, () => backend))
        {
            foreach (var offer in pictures.Select(run.PrepareFile))
            {
                while (!run.TrySubmit(offer))
                {
                    Take(run, outcomes, 100);
                }
            }

            run.CompleteInput();
            while (!run.IsCompleted)
            {
                Take(run, outcomes, 100);
            }
        }

        Assert.Equal(pictures, outcomes.Select(outcome => outcome.Item.Path));
        Assert.Equal(EgressErrorId.PictureFormatUnknown, outcomes[3].Error!.ErrorId);
        foreach (var (item, result, error) in outcomes.Where((_, index) => index != 3))
        {
            Assert.Null(error);
            Assert.Equal((40, 24), (result!.Width, result.Height));
            AssertClose(Alone(backend, model, item.Path!), File.ReadAllBytes(result.OutputPath!));
        }
    }

    [Fact]
    public void The_module_loads_this_backend_into_a_context_of_its_own()
    {
        var path = WritePicture(0);
        var options = new SegmentationModelOptions { ImageSize = Size, Seed = 4, OutputKind = OutputKind.Logits };

        var backend = BackendLoader.Load();

        backend.SetCpuThreads(1);
        var decoder = backend.PictureDecoder;
        Assert.NotSame(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(decoder.GetType().Assembly));
        Assert.Equal(Alone(new TorchBackend(), options, path), Alone(backend, options, path));
        var error = Assert.Throws<ItemException>(() => decoder.Decode(_folder["none.png"], 8, 100, new byte[192]));
        Assert.Equal(EgressErrorId.PathNotFound, error.ErrorId);
    }

    [Fact]
    public void The_number_of_threads_is_set_for_libtorch()
    {
        var backend = new TorchBackend();
        var before = TorchSharp.torch.get_num_threads();

        backend.SetCpuThreads(3);

        Assert.Equal(3, TorchSharp.torch.get_num_threads());
        backend.SetCpuThreads(before);
        Assert.Equal(before, TorchSharp.torch.get_num_threads());
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.SetCpuThreads(0));
    }

    [Fact]
    public void Cuda_is_usable_where_there_is_a_gpu_and_not_elsewhere()
    {
        Assert.Equal(GpuRequirement.Missing is null, new TorchBackend().IsCudaUsable());
    }

    private static void Take(SegmentationRun run, List<ItemOutcome<SegmentationItem, SegmentationResult>> outcomes, int milliseconds)
    {
        if (run.TryTake(out var outcome, milliseconds))
        {
            outcomes.Add(outcome);
        }
    }

    /// <summary>The output of one picture without the pipeline.</summary>
    private static byte[] Alone(IBackend backend, SegmentationModelOptions options, string path)
    {
        using var device = new CpuDevice();
        using var session = backend.CreateSegmentationSession(options, device);
        using var input = session.CreateInput(1);
        var pixels = new byte[session.Input.Bytes];
        _ = backend.PictureDecoder.Decode(path, Size, 1_000_000, pixels);
        Marshal.Copy(pixels, 0, input.Address, pixels.Length);
        using var output = session.Run(input, 1);
        var bytes = new byte[output.Bytes];
        Marshal.Copy(output.Address, bytes, 0, bytes.Length);
        return bytes;
    }

    /// <summary>Compares float32 values. The size of a batch decides how sums are cut into parts, so the last digits may differ.</summary>
    private static void AssertClose(byte[] expected, byte[] actual)
    {
        var first = MemoryMarshal.Cast<byte, float>(expected).ToArray();
        var second = MemoryMarshal.Cast<byte, float>(actual).ToArray();
        Assert.Equal(first.Length, second.Length);
        Assert.InRange(first.Zip(second, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5 * first.Max(Math.Abs));
    }

    private string WritePicture(int number)
    {
        using var noise = TestPictures.Noise(40, 24);
        using var picture = noise.Rot180().Linear([1], [number * 10.0], uchar: true);
        File.WriteAllBytes(_folder[$"picture{number}.png"], picture.PngsaveBuffer());
        return _folder[$"picture{number}.png"];
    }
}

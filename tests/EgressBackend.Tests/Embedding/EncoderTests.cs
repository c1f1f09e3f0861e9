using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Tests;

namespace Egress.Backend.Tests.Embedding;

/// <summary>What tests of encoders on the CPU need: a device, a folder, and the reference's models in it.</summary>
public abstract class EncoderTests : IDisposable
{
    public static TheoryData<string, VectorPooling> Poolings { get; } =
        [.. EncoderReference.Families.SelectMany(family => Enum.GetValues<VectorPooling>().Select(pooling => (family, pooling)))];

    public static TheoryData<string> Families { get; } = [.. EncoderReference.Families];

    private protected TemporaryFolder Folder { get; } = new();

    private protected CpuDevice Device { get; } = new();

    public void Dispose()
    {
        Device.Dispose();
        Folder.Dispose();
    }

    private protected EmbeddingModelOptions Options(string folder) => new() { Model = folder, ModelFolder = Folder[folder] };

    private protected EmbeddingModelOptions Options(EncoderReference reference)
    {
        reference.Write(Folder["model"]);
        return Options("model");
    }

    private protected IEmbeddingSession Open(string family, VectorPooling pooling) =>
        Open(Options(EncoderReference.Of(family)) with { Pooling = pooling });

    private protected IEmbeddingSession Open(EmbeddingModelOptions options) => new TorchBackend().CreateEmbeddingSession(options, Device);
}

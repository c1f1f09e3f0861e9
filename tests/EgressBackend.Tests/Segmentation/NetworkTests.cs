using System.Runtime.InteropServices;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Models;

namespace Egress.Backend.Tests.Segmentation;

/// <summary>What tests of segmentation sessions on the CPU need: a device, and pictures taken through a network.</summary>
public abstract class NetworkTests : IDisposable
{
    private protected const int Size = 48;
    private protected const int Classes = 21;

    private protected CpuDevice Device { get; } = new();

    public void Dispose() => Device.Dispose();

    private protected static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private protected static void Fill(IDeviceMemory memory, byte[] bytes) => Marshal.Copy(bytes, 0, memory.Address, bytes.Length);

    private protected static byte[] Bytes(IDeviceMemory memory)
    {
        var bytes = new byte[memory.Bytes];
        Marshal.Copy(memory.Address, bytes, 0, bytes.Length);
        return bytes;
    }

    private protected byte[] Run(SegmentationModelOptions options, byte[] pictures, int count)
    {
        using var session = Create(options);
        using var input = session.CreateInput(count);
        Fill(input, pictures);
        using var output = session.Run(input, count);
        Assert.Equal(count * session.Output.Bytes, output.Bytes);
        return Bytes(output);
    }

    private protected IInferenceSession Create(SegmentationModelOptions options) => new TorchBackend().CreateSegmentationSession(options, Device);
}

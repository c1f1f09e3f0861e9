using Egress.Devices;
using Egress.Devices.Cuda;
using Egress.Models;

namespace Egress.Tests.Devices.Cuda;

/// <summary>Inverts every byte in a kernel on the default stream.</summary>
internal sealed unsafe class InvertingSession(FakeCudaApi fake, CudaDevice device) : IInferenceSession
{
    public const int ItemBytes = 512;

    public TensorSpec Input { get; } = new(ElementType.UInt8, ItemBytes);

    public TensorSpec Output => Input;

    public long ParameterBytes => 0;

    public IDeviceMemory CreateInput(int batchSize) => device.CreateMemory((long)ItemBytes * batchSize);

    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        var output = device.CreateMemory(input.Bytes);
        var (source, destination) = (input.Address, output.Address);
        fake.Launch(device.Ordinal, () =>
        {
            for (var i = 0; i < count * ItemBytes; i++)
            {
                ((byte*)destination)[i] = (byte)~((byte*)source)[i];
            }
        });
        return output;
    }

    public void Dispose()
    {
    }
}

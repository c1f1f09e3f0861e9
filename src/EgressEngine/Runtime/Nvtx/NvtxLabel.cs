using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Egress.Runtime.Nvtx;

/// <summary>The name and colour of a kind of range.</summary>
internal readonly unsafe struct NvtxLabel
{
    private const uint Opaque = 0xFF00_0000;
    private readonly byte* _name;

    private NvtxLabel(ReadOnlySpan<byte> name, uint rgb)
    {
        // Literals lie in the assembly's read-only data, which does not move, and the compiler ends them with a zero.
        _name = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(name));
        Color = Opaque | rgb;
    }

    // The first six are the article's, in its colours.

    /// <summary>One batch on the inference thread, from its computation to the hand-over of its output; named after its number.</summary>
    public static readonly NvtxLabel Batch = new("Batch"u8, 0x0000FF);

    /// <summary>The inference thread waits for an input on the device.</summary>
    public static readonly NvtxLabel GetBatch = new("get batch"u8, 0xFF0000);

    /// <summary>The model is computed, or on a GPU its kernels are launched.</summary>
    public static readonly NvtxLabel Compute = new("compute"u8, 0x008000);

    /// <summary>The inference thread takes host memory and starts the output's copy, or waits for it.</summary>
    public static readonly NvtxLabel CopyToCpu = new("copy to CPU"u8, 0xFFFF00);

    /// <summary>The copy's event is recorded and queued for the monitor.</summary>
    public static readonly NvtxLabel QueueCudaEvent = new("queue CUDA event"u8, 0x00FFFF);

    /// <summary>An output is queued for the workers.</summary>
    public static readonly NvtxLabel QueueOutput = new("queue output"u8, 0x00FFFF);

    /// <summary>An output is processed.</summary>
    public static readonly NvtxLabel ProcessOutput = new("process output"u8, 0x00FFFF);

    /// <summary>A loader loads an item.</summary>
    public static readonly NvtxLabel LoadItem = new("load item"u8, 0xFFA500);

    /// <summary>The ingress thread copies an input to the device.</summary>
    public static readonly NvtxLabel CopyToGpu = new("copy to GPU"u8, 0x800080);

    /// <summary>The inference thread waits for a free output buffer, inside <see cref="CopyToCpu"/>.</summary>
    public static readonly NvtxLabel GetBuffer = new("get buffer"u8, 0xFF0000);

    /// <summary>The monitor waits for a copy's event.</summary>
    public static readonly NvtxLabel WaitCudaEvent = new("wait for CUDA event"u8, 0x006400);

    /// <summary>Alpha, red, green and blue, from the top.</summary>
    public uint Color { get; }

    /// <summary>The name, ended by a zero.</summary>
    public byte* Name => _name;
}

using System.Runtime.InteropServices;

namespace Egress.Runtime.Nvtx;

/// <summary>
/// The two functions of NVIDIA's Tools Extension that make ranges: they show on the calling thread's row in Nsight Systems. Without
/// a tool in the process the library's functions return at once.
/// </summary>
internal sealed unsafe class NvtxApi
{
    private readonly delegate* unmanaged<EventAttributes*, int> _rangePushEx;
    private readonly delegate* unmanaged<int> _rangePop;
    private readonly ushort _version;

    /// <param name="path">Where the library was loaded from.</param>
    /// <param name="version">NVTX's version of the library, 2 or 3; attributes are laid out the same in both.</param>
    /// <param name="resolve">Returns the address of the export with this name; throws where there is none.</param>
    public NvtxApi(string path, ushort version, Func<string, nint> resolve)
    {
        Path = path;
        _version = version;
        _rangePushEx = (delegate* unmanaged<EventAttributes*, int>)resolve("nvtxRangePushEx");
        _rangePop = (delegate* unmanaged<int>)resolve("nvtxRangePop");
    }

    /// <summary>Where the library was loaded from.</summary>
    public string Path { get; }

    /// <summary>Begins a range on the calling thread, inside the one that is open there.</summary>
    /// <param name="name">The name, ended by a zero; it is read before this returns.</param>
    /// <param name="color">Its colour: alpha, red, green and blue, from the top.</param>
    /// <param name="batch">The batch, shown with the range; -1 for none.</param>
    public void Push(byte* name, uint color, long batch)
    {
        var attributes = new EventAttributes
        {
            Version = _version,
            Size = (ushort)sizeof(EventAttributes),
            ColorType = EventAttributes.Argb,
            Color = color,
            PayloadType = batch < 0 ? EventAttributes.NoPayload : EventAttributes.Int64,
            Payload = Math.Max(0, batch),
            MessageType = EventAttributes.Ascii,
            Message = name,
        };
        _ = _rangePushEx(&attributes);
    }

    /// <summary>Ends the calling thread's innermost range.</summary>
    public void Pop() => _ = _rangePop();

    /// <summary><c>nvtxEventAttributes_v2</c>, which version 3 uses as well: 48 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct EventAttributes
    {
        public const int Argb = 1;
        public const int NoPayload = 0;
        public const int Int64 = 2;
        public const int Ascii = 1;

        public ushort Version;
        public ushort Size;
        public uint Category;
        public int ColorType;
        public uint Color;
        public int PayloadType;
        public int Reserved;
        public long Payload;
        public int MessageType;
        public byte* Message;
    }
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Egress.Runtime.Nvtx;

namespace Egress.Tests.Runtime.Nvtx;

/// <summary>
/// A library with NVTX's two functions, with the C layout of its header's <c>nvtxEventAttributes_v2</c> written from that and not
/// from the binding. It takes the place of the process's own until it is disposed, and notes what reaches it on each thread.
/// </summary>
internal sealed unsafe class RecordingNvtx : IDisposable
{
    [ThreadStatic]
    private static Stack<RangeNote>? t_open;

    private static readonly ConcurrentQueue<RangeNote> s_ranges = new();
    private static int s_unmatched;

    private readonly NvtxApi? _before = NvtxLibrary.Current;

    public RecordingNvtx(ushort version = 3)
    {
        s_ranges.Clear();
        s_unmatched = 0;
        Api = new NvtxApi("/the/stub", version, Resolve);
        NvtxLibrary.Current = Api;
    }

    public NvtxApi Api { get; }

    /// <summary>The exports that were asked for.</summary>
    public List<string> Exports { get; } = [];

    /// <summary>The ranges that have ended, in that order.</summary>
    public static IReadOnlyCollection<RangeNote> Ranges => s_ranges;

    /// <summary>Ends without a beginning.</summary>
    public static int Unmatched => s_unmatched;

    public void Dispose() => NvtxLibrary.Current = _before;

    private nint Resolve(string name)
    {
        Exports.Add(name);
        return name switch
        {
            "nvtxRangePushEx" => (nint)(delegate* unmanaged<Attributes*, int>)&RangePushEx,
            "nvtxRangePop" => (nint)(delegate* unmanaged<int>)&RangePop,
            _ => throw new EntryPointNotFoundException(name),
        };
    }

    [UnmanagedCallersOnly]
    private static int RangePushEx(Attributes* attributes)
    {
        var open = t_open ??= new Stack<RangeNote>();
        open.Push(new RangeNote(
            *attributes, Marshal.PtrToStringUTF8(attributes->Message) ?? "", open.TryPeek(out var outer) ? outer.Name : null,
            Thread.CurrentThread.Name));
        return open.Count - 1;
    }

    [UnmanagedCallersOnly]
    private static int RangePop()
    {
        if (t_open is not { Count: > 0 } open)
        {
            return Interlocked.Increment(ref s_unmatched);
        }

        s_ranges.Enqueue(open.Pop());
        return open.Count;
    }

    [StructLayout(LayoutKind.Explicit, Size = 48)]
    internal struct Attributes
    {
        [FieldOffset(0)]
        public ushort Version;

        [FieldOffset(2)]
        public ushort Size;

        [FieldOffset(4)]
        public uint Category;

        [FieldOffset(8)]
        public int ColorType;

        [FieldOffset(12)]
        public uint Color;

        [FieldOffset(16)]
        public int PayloadType;

        [FieldOffset(20)]
        public int Reserved;

        [FieldOffset(24)]
        public long Payload;

        [FieldOffset(32)]
        public int MessageType;

        [FieldOffset(40)]
        public nint Message;
    }
}

/// <summary>A range that has ended.</summary>
/// <param name="Attributes">What it was begun with.</param>
/// <param name="Name">Its name.</param>
/// <param name="Outer">The name of the range around it, or null.</param>
/// <param name="Thread">The thread's name.</param>
internal sealed record RangeNote(RecordingNvtx.Attributes Attributes, string Name, string? Outer, string? Thread)
{
    public string Color => (Attributes.Color & 0xFFFFFF).ToString("X6", System.Globalization.CultureInfo.InvariantCulture);
}

using System.Runtime.InteropServices;

namespace Egress.Runtime;

/// <summary>
/// Calls native functions that may throw C++ exceptions. TorchSharp catches the usual ones of libtorch, but not what its script
/// compiler throws for a program that it does not understand, and an exception that nobody catches ends the process. .NET cannot
/// catch them, so a function of our own does (<see cref="CatchingFunction"/>).
/// </summary>
internal static unsafe class NativeGuard
{
    private static readonly Lazy<nint> s_entry = new(Create);

    /// <summary>Calls a function of up to three arguments.</summary>
    /// <param name="function">Its address.</param>
    /// <param name="first">The first argument.</param>
    /// <param name="second">The second argument.</param>
    /// <param name="third">The third argument.</param>
    /// <param name="error">The exception's text where there was one; null where there was none.</param>
    /// <returns>What the function returned; 0 where it threw.</returns>
    public static nint Call(nint function, nint first, nint second, nint third, out string? error)
    {
        var thrown = default(CatchingFunction.Thrown);
        var entry = (delegate* unmanaged<nint, CatchingFunction.Thrown*, nint, nint, nint, nint>)s_entry.Value;
        var result = entry(function, &thrown, first, second, third);
        error = thrown.IsThrown == 0 ? null : thrown.Message == 0 ? "an exception of an unknown kind" : Marshal.PtrToStringUTF8(thrown.Message);
        NativeMemory.Free((void*)thrown.Message);
        return result;
    }

    // It stays for the life of the process, as the libraries that it guards do.
    private static nint Create()
    {
        var cpp = NativeLibrary.Load("libstdc++.so.6");
        var code = CatchingFunction.Code(
            NativeLibrary.GetExport(cpp, "__cxa_begin_catch"),
            NativeLibrary.GetExport(cpp, "__cxa_end_catch"),
            NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "strdup"));
        var handlers = CatchingFunction.Handlers(code.Length, NativeLibrary.GetExport(cpp, "_ZTISt9exception"));

        // A page for the code, which becomes executable, and one for what describes it.
        var page = (nint)Environment.SystemPageSize;
        var memory = Libc.Map(2 * page);
        if (memory == -1)
        {
            throw new InsufficientMemoryException();
        }

        var handlersAt = memory + page;
        var framesAt = handlersAt + handlers.Length;
        var frames = CatchingFunction.Frames(memory, code.Length, handlersAt, NativeLibrary.GetExport(cpp, "__gxx_personality_v0"));
        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        handlers.CopyTo(new Span<byte>((void*)handlersAt, handlers.Length));
        frames.CopyTo(new Span<byte>((void*)framesAt, frames.Length));
        Libc.MakeExecutable(memory, page);
        ((delegate* unmanaged<nint, void>)NativeLibrary.GetExport(NativeLibrary.Load("libgcc_s.so.1"), "__register_frame"))(framesAt);
        return memory;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Egress.Runtime;

/// <summary>
/// Calls native functions that may throw C++ exceptions. TorchSharp catches the usual ones of libtorch, but not what its script
/// compiler throws for a program that it does not understand, and an exception that nobody catches ends the process. .NET cannot
/// catch them, so a few instructions of our own do: a function with a handler for all exceptions, described to the unwinder as a
/// compiler would describe it. x86-64 with the GNU C++ library, as libtorch is built.
/// </summary>
internal static unsafe class NativeGuard
{
    // Where the call of the guarded function stands in the code, and where its exceptions go.
    private const int CallAt = 0x18;
    private const int CallBytes = 2;
    private const int HandlerAt = 0x1C;

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
        var thrown = default(Thrown);
        var result = ((delegate* unmanaged<nint, Thrown*, nint, nint, nint, nint>)s_entry.Value)(function, &thrown, first, second, third);
        error = thrown.IsThrown == 0 ? null : thrown.Message == 0 ? "an exception of an unknown kind" : Marshal.PtrToStringUTF8(thrown.Message);
        NativeMemory.Free((void*)thrown.Message);
        return result;
    }

    private static nint Create()
    {
        var cpp = NativeLibrary.Load("libstdc++.so.6");
        var code = Code(
            NativeLibrary.GetExport(cpp, "__cxa_begin_catch"),
            NativeLibrary.GetExport(cpp, "__cxa_end_catch"),
            NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "strdup"));
        var handlers = Handlers(code.Length, NativeLibrary.GetExport(cpp, "_ZTISt9exception"));
        var codeBytes = (nint)Environment.SystemPageSize;

        // It stays for the life of the process, as the library that it guards does.
        var memory = Libc.Map(2 * codeBytes);
        if (memory == -1)
        {
            throw new InsufficientMemoryException();
        }

        var handlersAt = memory + codeBytes;
        var frames = Frames(memory, code.Length, handlersAt, NativeLibrary.GetExport(cpp, "__gxx_personality_v0"));
        var framesAt = handlersAt + 256;
        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        handlers.CopyTo(new Span<byte>((void*)handlersAt, handlers.Length));
        frames.CopyTo(new Span<byte>((void*)framesAt, frames.Length));
        Libc.MakeExecutable(memory, codeBytes);
        ((delegate* unmanaged<nint, void>)NativeLibrary.GetExport(NativeLibrary.Load("libgcc_s.so.1"), "__register_frame"))(framesAt);
        return memory;
    }

    // entry(function, Thrown*, first, second, third)
    private static byte[] Code(nint beginCatch, nint endCatch, nint duplicate) =>
    [
        0x55,                                       // push rbp
        0x48, 0x89, 0xE5,                           // mov rbp, rsp
        0x48, 0x83, 0xEC, 0x10,                     // sub rsp, 16
        0x48, 0x89, 0x75, 0xF8,                     // mov [rbp-8], rsi        what was thrown goes there
        0x48, 0x89, 0xF8,                           // mov rax, rdi
        0x48, 0x89, 0xD7,                           // mov rdi, rdx
        0x48, 0x89, 0xCE,                           // mov rsi, rcx
        0x4C, 0x89, 0xC2,                           // mov rdx, r8
        0xFF, 0xD0,                                 // call rax                at CallAt
        0xC9, 0xC3,                                 // leave; ret
        0x48, 0x89, 0xC7,                           // mov rdi, rax            at HandlerAt: the exception
        0x48, 0x89, 0x55, 0xF0,                     // mov [rbp-16], rdx       which handler is meant
        0x48, 0xB8, .. Bytes(beginCatch),           // mov rax, __cxa_begin_catch
        0xFF, 0xD0,                                 // call rax                gives the object
        0x83, 0x7D, 0xF0, 0x01,                     // cmp dword [rbp-16], 1   is it a std::exception?
        0x75, 0x1F,                                 // jne over the next block
        0x48, 0x89, 0xC7,                           // mov rdi, rax
        0x48, 0x8B, 0x00,                           // mov rax, [rax]
        0xFF, 0x50, 0x10,                           // call [rax+16]           what()
        0x48, 0x89, 0xC7,                           // mov rdi, rax
        0x48, 0xB8, .. Bytes(duplicate),            // mov rax, strdup
        0xFF, 0xD0,                                 // call rax
        0x48, 0x8B, 0x7D, 0xF8,                     // mov rdi, [rbp-8]
        0x48, 0x89, 0x07,                           // mov [rdi], rax
        0x48, 0x8B, 0x7D, 0xF8,                     // mov rdi, [rbp-8]
        0x48, 0xC7, 0x47, 0x08, 0x01, 0, 0, 0,      // mov qword [rdi+8], 1
        0x48, 0xB8, .. Bytes(endCatch),             // mov rax, __cxa_end_catch
        0xFF, 0xD0,                                 // call rax
        0x31, 0xC0,                                 // xor eax, eax
        0xC9, 0xC3,                                 // leave; ret
    ];

    // The language's data: which call's exceptions go where, and for which types. The table of types is read backwards from its end.
    private static byte[] Handlers(int codeBytes, nint exceptionType)
    {
        byte[] calls =
        [
            CallAt, CallBytes, HandlerAt, 1,
            CallAt + CallBytes, (byte)(codeBytes - CallAt - CallBytes), 0, 0,
        ];
        byte[] actions = [1, 1, 2, 0];
        byte[] types = [.. Bytes(0), .. Bytes(exceptionType)];
        return
        [
            0xFF,                                                     // handlers count from the function's start
            0x00, (byte)(2 + calls.Length + actions.Length + types.Length), // absolute addresses; how far it is to their end
            0x01, (byte)calls.Length, .. calls,                       // numbers in 7 bits
            .. actions, .. types,
        ];
    }

    // What .eh_frame has of a function: how to find its caller's frame, its personality and its data.
    private static byte[] Frames(nint code, int codeBytes, nint handlers, nint personality)
    {
        byte[] common = Padded(
        [
            0, 0, 0, 0, 1, .. "zPLR\0"u8, 1, 0x78, 16,
            11, 0x00, .. Bytes(personality), 0x00, 0x00,
            0x0C, 7, 8, 0x90, 1,                                      // the frame is at rsp+8, the return address 8 below
        ]);
        byte[] function = Padded(
        [
            .. BitConverter.GetBytes(common.Length + 4), .. Bytes(code), .. Bytes(codeBytes), 8, .. Bytes(handlers),
            0x41, 0x0E, 16, 0x86, 2,                                  // after push rbp
            0x43, 0x0D, 6,                                            // after mov rbp, rsp
        ]);
        return [.. common, .. function, 0, 0, 0, 0];
    }

    // A record with its length before it, filled up with instructions that do nothing.
    private static byte[] Padded(byte[] record)
    {
        var length = ((record.Length + 4 + 7) / 8 * 8) - 4;
        return [.. BitConverter.GetBytes(length), .. record, .. new byte[length - record.Length]];
    }

    private static byte[] Bytes(nint value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    private struct Thrown
    {
        public nint Message;
        public long IsThrown;
    }
}

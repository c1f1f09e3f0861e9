using System.Buffers.Binary;

namespace Egress.Runtime;

/// <summary>
/// The bytes of a function that calls another one and catches what it throws, with what a compiler would write beside them for the
/// unwinder. x86-64 with the GNU C++ library, as libtorch is built. In C++ it would be:
/// <code>
/// long entry(long (*function)(long, long, long), Thrown* thrown, long first, long second, long third)
/// {
///     try { return function(first, second, third); }
///     catch (std::exception&amp; error) { thrown->Message = strdup(error.what()); thrown->IsThrown = 1; }
///     catch (...) { thrown->IsThrown = 1; }
///     return 0;
/// }
/// </code>
/// </summary>
internal static class CatchingFunction
{
    /// <summary>Where in the code the function is called.</summary>
    public const int CallAt = 0x18;

    /// <summary>Bytes of the call.</summary>
    public const int CallBytes = 2;

    /// <summary>Where in the code its exceptions go.</summary>
    public const int HandlerAt = 0x1C;

    // The unwinder numbers a handler's types from 1; the landing pad is told which of them fits.
    private const byte StandardException = 1;
    private const byte AnyException = 2;

    /// <summary>The code.</summary>
    /// <param name="beginCatch">The address of <c>__cxa_begin_catch</c>.</param>
    /// <param name="endCatch">The address of <c>__cxa_end_catch</c>.</param>
    /// <param name="duplicate">The address of <c>strdup</c>.</param>
    public static byte[] Code(nint beginCatch, nint endCatch, nint duplicate) =>
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
        0x48, 0x89, 0x55, 0xF0,                     // mov [rbp-16], rdx       which type is meant
        0x48, 0xB8, .. Bytes(beginCatch),           // mov rax, __cxa_begin_catch
        0xFF, 0xD0,                                 // call rax                gives the object
        0x83, 0x7D, 0xF0, StandardException,        // cmp dword [rbp-16], 1
        0x75, 0x1F,                                 // jne over the next block
        0x48, 0x89, 0xC7,                           // mov rdi, rax
        0x48, 0x8B, 0x00,                           // mov rax, [rax]
        0xFF, 0x50, 0x10,                           // call [rax+16]           what()
        0x48, 0x89, 0xC7,                           // mov rdi, rax
        0x48, 0xB8, .. Bytes(duplicate),            // mov rax, strdup
        0xFF, 0xD0,                                 // call rax
        0x48, 0x8B, 0x7D, 0xF8,                     // mov rdi, [rbp-8]
        0x48, 0x89, 0x07,                           // mov [rdi], rax          Message
        0x48, 0x8B, 0x7D, 0xF8,                     // mov rdi, [rbp-8]
        0x48, 0xC7, 0x47, 0x08, 0x01, 0, 0, 0,      // mov qword [rdi+8], 1    IsThrown
        0x48, 0xB8, .. Bytes(endCatch),             // mov rax, __cxa_end_catch
        0xFF, 0xD0,                                 // call rax
        0x31, 0xC0,                                 // xor eax, eax
        0xC9, 0xC3,                                 // leave; ret
    ];

    /// <summary>The language's data (<c>.gcc_except_table</c>): which call's exceptions go where, and for which types.</summary>
    /// <param name="codeBytes">Bytes of the code.</param>
    /// <param name="exceptionType">The address of the type information of <c>std::exception</c>.</param>
    /// <returns>A multiple of 8 bytes.</returns>
    public static byte[] Handlers(int codeBytes, nint exceptionType)
    {
        // Start, length, handler and first action of each part of the code; what the handler itself throws goes past it.
        byte[] calls =
        [
            CallAt, CallBytes, HandlerAt, 1,
            CallAt + CallBytes, SevenBits(codeBytes - CallAt - CallBytes), 0, 0,
        ];

        // A type's number, and how far it is from there to the next action: 0 ends the list.
        byte[] actions = [StandardException, 1, AnyException, 0];

        // The types from the last to the first: none, which stands for any, and that of std::exception.
        byte[] types = [.. Bytes(0), .. Bytes(exceptionType)];
        byte[] data =
        [
            0xFF,                                                          // handlers count from the function's start
            0x00, SevenBits(2 + calls.Length + actions.Length + types.Length), // types as addresses; how far it is to their end
            0x01, SevenBits(calls.Length), .. calls,                       // numbers in 7 bits
            .. actions, .. types,
        ];
        return [.. data, .. new byte[-data.Length & 7]];
    }

    /// <summary>What <c>.eh_frame</c> has of a function: how to find its caller's frame, its personality and its data.</summary>
    /// <param name="code">The address of the code.</param>
    /// <param name="codeBytes">Its bytes.</param>
    /// <param name="handlers">The address of its <see cref="Handlers"/>.</param>
    /// <param name="personality">The address of <c>__gxx_personality_v0</c>.</param>
    public static byte[] Frames(nint code, int codeBytes, nint handlers, nint personality)
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

    // The numbers of the tables are written seven bits a byte; all of these fit into one.
    private static byte SevenBits(int number) => number is >= 0 and < 128 ? (byte)number : throw new ArgumentOutOfRangeException(nameof(number));

    private static byte[] Bytes(nint value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>What the function leaves of an exception.</summary>
    public struct Thrown
    {
        /// <summary>Its text, which is the receiver's to free; 0 where it has none.</summary>
        public nint Message;

        /// <summary>1 where something was thrown.</summary>
        public long IsThrown;
    }
}

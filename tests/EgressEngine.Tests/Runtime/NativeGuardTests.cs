using System.Runtime.InteropServices;
using Egress.Runtime;

namespace Egress.Tests.Runtime;

public sealed unsafe class NativeGuardTests
{
    private const string ThrowLengthError = "_ZSt20__throw_length_errorPKc";
    private const string ThrowBadAlloc = "_ZSt17__throw_bad_allocv";

    private static readonly nint s_cpp = NativeLibrary.Load("libstdc++.so.6");

    [Fact]
    public void What_a_function_returns_comes_back()
    {
        var add = (nint)(delegate* unmanaged<nint, nint, nint, nint>)&Add;

        Assert.Equal(123, NativeGuard.Call(add, 100, 20, 3, out var error));
        Assert.Null(error);
    }

    [Fact]
    public void A_thrown_exception_is_its_text_and_the_process_goes_on()
    {
        for (var i = 0; i < 1000; i++)
        {
            // A logic_error, which is no runtime_error.
            Assert.Equal("words of the exception", ErrorOf("words of the exception"));
        }

        Assert.Equal(0, NativeGuard.Call(NativeLibrary.GetExport(s_cpp, ThrowBadAlloc), 0, 0, 0, out var other));
        Assert.Equal("std::bad_alloc", other);
    }

    [Fact]
    public void What_is_thrown_and_is_no_exception_of_the_standard_library_is_caught_too()
    {
        var number = ((delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(s_cpp, "__cxa_allocate_exception"))(sizeof(int));
        *(int*)number = 42;

        var result = NativeGuard.Call(
            NativeLibrary.GetExport(s_cpp, "__cxa_throw"), number, NativeLibrary.GetExport(s_cpp, "_ZTIi"), 0, out var error);

        Assert.Equal(0, result);
        Assert.Equal("an exception of an unknown kind", error);
        Assert.Equal(0, UncaughtExceptions());
    }

    [Fact]
    public void Each_thread_gets_the_text_of_its_own_exception() => Parallel.For(0, 400, number =>
        Assert.Equal($"exception {number}", ErrorOf($"exception {number}")));

    [Fact]
    public void A_guarded_function_may_guard_others()
    {
        var guarding = (nint)(delegate* unmanaged<nint, nint, nint, nint>)&GuardAnother;

        Assert.Equal("inner".Length, NativeGuard.Call(guarding, 0, 0, 0, out var error));
        Assert.Null(error);
    }

    [Fact]
    public void The_tables_mean_the_places_of_the_code_that_they_should()
    {
        var code = CatchingFunction.Code(0, 0, 0);

        // call rax; leave; ret; mov rdi, rax
        Assert.Equal([0xFF, 0xD0, 0xC9, 0xC3, 0x48, 0x89, 0xC7], code[CatchingFunction.CallAt..(CatchingFunction.HandlerAt + 3)]);
        Assert.Equal(CatchingFunction.HandlerAt, CatchingFunction.CallAt + CatchingFunction.CallBytes + 2);
        Assert.Equal(0, CatchingFunction.Handlers(code.Length, 0).Length % 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => CatchingFunction.Handlers(1000, 0));
    }

    private static string? ErrorOf(string text)
    {
        var words = Marshal.StringToCoTaskMemUTF8(text);
        try
        {
            Assert.Equal(0, NativeGuard.Call(NativeLibrary.GetExport(s_cpp, ThrowLengthError), words, 0, 0, out var error));
            return error;
        }
        finally
        {
            Marshal.FreeCoTaskMem(words);
        }
    }

    private static int UncaughtExceptions() =>
        ((delegate* unmanaged<int>)NativeLibrary.GetExport(s_cpp, "_ZSt19uncaught_exceptionsv"))();

    [UnmanagedCallersOnly]
    private static nint Add(nint a, nint b, nint c) => a + b + c;

    [UnmanagedCallersOnly]
    private static nint GuardAnother(nint a, nint b, nint c) => ErrorOf("inner")!.Length;
}

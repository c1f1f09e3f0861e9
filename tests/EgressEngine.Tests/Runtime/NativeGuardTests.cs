using System.Runtime.InteropServices;
using Egress.Runtime;

namespace Egress.Tests.Runtime;

public sealed unsafe class NativeGuardTests
{
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
        var cpp = NativeLibrary.Load("libstdc++.so.6");
        var text = Marshal.StringToCoTaskMemUTF8("words of the exception");
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                // A logic_error, which is no runtime_error.
                Assert.Equal(0, NativeGuard.Call(NativeLibrary.GetExport(cpp, "_ZSt20__throw_length_errorPKc"), text, 0, 0, out var error));
                Assert.Equal("words of the exception", error);
            }

            Assert.Equal(0, NativeGuard.Call(NativeLibrary.GetExport(cpp, "_ZSt17__throw_bad_allocv"), 0, 0, 0, out var other));
            Assert.Equal("std::bad_alloc", other);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    [UnmanagedCallersOnly]
    private static nint Add(nint a, nint b, nint c) => a + b + c;
}

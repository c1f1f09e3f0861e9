using System.Runtime.InteropServices;
using System.Text;

namespace Egress.Runtime;

/// <summary>
/// The system's dynamic linker. <see cref="NativeLibrary"/> cannot bind at once or make symbols global, and both matter here.
/// </summary>
internal static unsafe class DynamicLinker
{
    private const int BindNow = 0x2;
    private const int Global = 0x100;

    private static readonly delegate* unmanaged<byte*, int, nint> s_open;
    private static readonly delegate* unmanaged<byte*> s_error;

#pragma warning disable CA1810 // Both come from the same library, which two field initializers would have to find twice.
    static DynamicLinker()
#pragma warning restore CA1810
    {
        // The C library has them from glibc 2.34 on; before that they are in a library of their own.
        var library = NativeLibrary.Load("libc.so.6");
        if (!NativeLibrary.TryGetExport(library, "dlopen", out var open))
        {
            library = NativeLibrary.Load("libdl.so.2");
            open = NativeLibrary.GetExport(library, "dlopen");
        }

        s_open = (delegate* unmanaged<byte*, int, nint>)open;
        s_error = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "dlerror");
    }

    /// <summary>
    /// Loads a library for the rest of the process and binds all its symbols at once: one that does not fit fails here, with a
    /// message, and does not end the process when the missing function is first called.
    /// </summary>
    /// <param name="path">Full path of the library.</param>
    /// <param name="global">Whether libraries loaded later may take symbols from it.</param>
    /// <returns>The library's handle.</returns>
    /// <exception cref="DllNotFoundException">The linker's own words, or that the file is cut off.</exception>
    public static nint Load(string path, bool global = false)
    {
        SharedLibraryFile.ThrowIfCutOff(path);
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            // The error belongs to the thread and the next linker call replaces it: nothing may come between these two, so
            // they are function pointers and not imports, which would be looked up on their first call.
            var handle = s_open(name, BindNow | (global ? Global : 0));
            var error = handle == 0 ? s_error() : null;
            return handle != 0
                ? handle
                : throw new DllNotFoundException(Marshal.PtrToStringUTF8((nint)error) ?? $"{path}: the linker gave no reason");
        }
    }
}

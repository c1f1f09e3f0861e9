using System.Management.Automation;
using System.Runtime.InteropServices;

namespace Egress.Cmdlets;

/// <summary>
/// Runs when the module is imported. It only looks at the platform: no assembly of <c>deps</c> and no native library is loaded
/// before a cmdlet needs it, so that importing is quick and a machine without a GPU can import too.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <summary>Refuses platforms that the native libraries are not made for.</summary>
    /// <exception cref="PlatformNotSupportedException">This is not 64-bit x86 Linux.</exception>
    public void OnImport()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new PlatformNotSupportedException(
                $"Egress runs on 64-bit x86 Linux; this is {RuntimeInformation.OSDescription} on {RuntimeInformation.ProcessArchitecture}.");
        }
    }
}

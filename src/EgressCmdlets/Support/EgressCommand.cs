using System.Management.Automation;
using System.Management.Automation.Host;
using Egress.Devices;
using Egress.Models.Programs;
using Egress.Output.Stores;
using Egress.Output.Stores.Objects;
using Egress.Pipeline;
using Egress.Runtime;

namespace Egress.Cmdlets.Support;

/// <summary>What all cmdlets of this module share: how failures become error records, and how paths become files.</summary>
public abstract class EgressCommand : PSCmdlet
{
    private readonly Dictionary<string, bool> _answers = [];

    // Before any of them writes a file, and not on import: that only looks at the platform.
    static EgressCommand() => ProcessLimit.TakeFileSizeSignal();

    /// <summary>Ends the command with a failure of the engine.</summary>
    private protected virtual void Fail(EgressException error) => ThrowTerminatingError(ErrorRecords.From(error));

    /// <summary>Runs engine code whose failure ends the command.</summary>
    private protected T Do<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (FailureOf(error) is { } failure)
        {
            Fail(failure);
            throw;
        }
    }

    /// <summary>The failure of engine code that ends the command; null where it is PowerShell that ends it.</summary>
    private protected static EgressException? FailureOf(Exception error) =>
        error is OperationCanceledException or IContainsErrorRecord ? null : UnforeseenError.Of("the command", error);

    /// <summary>Reads device names.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceSpecInvalid"/>.</exception>
    internal static IReadOnlyList<DeviceSpec> ParseDevices(IEnumerable<string> names) =>
        [.. names.SelectMany(name => SplitDevices(name)).Select(DeviceSpec.Parse)];

    /// <summary>
    /// Splits <c>cuda:0,cuda:1</c>, which a table's cell or a quoted argument brings as one text; the commas of a simulated
    /// device's durations stay.
    /// </summary>
    private static string[] SplitDevices(string names) =>
        names.TrimStart().StartsWith("simulated", StringComparison.OrdinalIgnoreCase)
            ? [names]
            : names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The full path of a file or folder that need not exist.</summary>
    /// <exception cref="ItemException"><see cref="EgressErrorId.PathNotAFile"/> or <see cref="EgressErrorId.PathNotFound"/>: the path
    /// is not in the file system.</exception>
    internal string FullPath(string path) => FileSystemPath.Resolve(SessionState.Path, path, out var error) ?? throw error!;

    /// <summary>Asks before native code from a file runs.</summary>
    /// <param name="program">The program; one without native code needs no leave.</param>
    /// <param name="allowed">Whether the user allowed it beforehand.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.NativeCodeNotAllowed"/>.</exception>
    internal void ThrowUnlessAllowed(ProgramFile program, bool allowed)
    {
        if (program.Kind != ProgramKind.Compiled || allowed)
        {
            return;
        }

        // One question a file, however many configurations name it.
        if (_answers.TryGetValue(program.Path, out var before))
        {
            if (!before)
            {
                throw ModelFile.NotAllowed(program);
            }

            return;
        }

        var (text, title) = ModelFile.Question(program);
        bool yes;
        try
        {
            yes = ShouldContinue(text, title);
        }
        catch (Exception e) when (e is HostException or PSInvalidOperationException or NotImplementedException)
        {
            // There is nobody to ask.
            throw ModelFile.NotAllowed(program, e);
        }

        _answers[program.Path] = yes;
        if (!yes)
        {
            throw ModelFile.NotAllowed(program);
        }
    }

    /// <summary>A destination as the engine takes it: the full path of a folder, or a place in an object store.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationInvalid"/>, or as <see cref="FullPath"/> throws.</exception>
    private protected string DestinationPath(string destination)
    {
        DestinationText.RequirePath(destination);
        return ObjectLocation.IsOne(destination) ? ObjectLocation.Parse(destination).ToString() : FullPath(destination);
    }

    /// <summary>The same, or null for a path that was not given.</summary>
    private protected string? OptionalPath(string? path) => path is null ? null : FullPath(path);
}

using System.Management.Automation;
using System.Management.Automation.Host;

namespace Egress.Shell;

/// <summary>
/// The standard streams as one console: who writes first clears the progress line away, and colours go only to a terminal that
/// wants them.
/// </summary>
internal sealed class ShellConsole
{
    /// <summary>The width that output is formatted for where there is no terminal to ask.</summary>
    public const int DefaultWidth = 120;

    /// <summary>The height that goes with <see cref="DefaultWidth"/>.</summary>
    public const int DefaultHeight = 50;

    private readonly Lock _gate = new();
    private readonly ProgressDisplay _progress;
    private bool _lineOpen;

    public ShellConsole()
    {
        var dumb = Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        var colour = !dumb && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        OutputIsTerminal = !Console.IsOutputRedirected;
        OutputHasColour = OutputIsTerminal && colour;
        ErrorHasColour = !Console.IsErrorRedirected && colour;
        _progress = new ProgressDisplay(Console.Error, inPlace: !Console.IsErrorRedirected && !dumb, () => Width, TimeProvider.System);
    }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; }

    /// <summary>Whether standard output shows colours.</summary>
    public bool OutputHasColour { get; }

    /// <summary>Whether standard error shows colours.</summary>
    public bool ErrorHasColour { get; }

    /// <summary>Columns of the terminal, or <see cref="DefaultWidth"/>. Some pseudo-terminals call themselves 0 wide.</summary>
    public int Width => OutputIsTerminal && Console.WindowWidth is > 0 and var width ? width : DefaultWidth;

    /// <summary>Rows of the terminal, or <see cref="DefaultHeight"/>.</summary>
    public int Height => OutputIsTerminal && Console.WindowHeight is > 0 and var height ? height : DefaultHeight;

    /// <summary>Writes to standard output, or where <paramref name="toError"/> says so to standard error, and flushes.</summary>
    public void Write(string text, bool endLine, bool toError = false)
    {
        var rendered = PSHostUserInterface.GetOutputString(text, toError ? ErrorHasColour : OutputHasColour);
        lock (_gate)
        {
            _progress.Hide();
            var writer = toError ? Console.Error : Console.Out;
            if (endLine)
            {
                writer.WriteLine(rendered);
            }
            else
            {
                writer.Write(rendered);
            }

            _lineOpen = !endLine && !rendered.EndsWith('\n') && (rendered.Length > 0 || _lineOpen);
        }
    }

    /// <summary>Writes a question or what is typed as its answer: where a person sees it, also if the output goes to a file.</summary>
    public void WritePrompt(string text, bool endLine = false) => Write(text, endLine, toError: !OutputIsTerminal);

    /// <summary>Shows progress, except over a line that has been begun and not ended.</summary>
    public void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (_gate)
        {
            _progress.Update(sourceId, record, mayDraw: !_lineOpen);
        }
    }

    /// <summary>Clears the progress line away and forgets whose it was.</summary>
    public void EndProgress()
    {
        lock (_gate)
        {
            _progress.Reset();
        }
    }
}

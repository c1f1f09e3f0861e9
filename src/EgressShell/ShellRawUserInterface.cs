using System.Management.Automation;
using System.Management.Automation.Host;

namespace Egress.Shell;

/// <summary>
/// The console as a grid of cells. What formatting and scripts ask of it has an answer without a terminal too; what would read or
/// paint cells is refused, as no Unix terminal can do it.
/// </summary>
internal sealed class ShellRawUserInterface(ShellConsole console, ConsoleInput input) : PSHostRawUserInterface
{
    private string _title = "";

    // -1 is what the engine takes for "the terminal's own", which cannot be asked.
    public override ConsoleColor ForegroundColor { get; set; } = (ConsoleColor)(-1);

    public override ConsoleColor BackgroundColor { get; set; } = (ConsoleColor)(-1);

    public override int CursorSize { get; set; } = 100;

    public override Size WindowSize
    {
        get => new(console.Width, console.Height);
        set => throw Refused("resize a terminal");
    }

    public override Size BufferSize
    {
        get => WindowSize;
        set => throw Refused("resize a terminal");
    }

    public override Size MaxWindowSize => WindowSize;

    public override Size MaxPhysicalWindowSize => WindowSize;

    public override Coordinates WindowPosition { get; set; }

    public override Coordinates CursorPosition
    {
        get => console.OutputIsTerminal && !Console.IsInputRedirected ? new(Console.CursorLeft, Console.CursorTop) : default;
        set
        {
            if (console.OutputIsTerminal)
            {
                Console.SetCursorPosition(Math.Max(0, value.X), Math.Max(0, value.Y));
            }
        }
    }

    public override string WindowTitle
    {
        get => _title;
        set
        {
            _title = value;
            if (console.OutputIsTerminal)
            {
                Console.Title = value;
            }
        }
    }

    public override bool KeyAvailable => !Console.IsInputRedirected && Console.KeyAvailable;

    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        var key = input.ReadKey(intercept: options.HasFlag(ReadKeyOptions.NoEcho));
        var states = default(ControlKeyStates);
        states |= key.Modifiers.HasFlag(ConsoleModifiers.Shift) ? ControlKeyStates.ShiftPressed : 0;
        states |= key.Modifiers.HasFlag(ConsoleModifiers.Alt) ? ControlKeyStates.LeftAltPressed : 0;
        states |= key.Modifiers.HasFlag(ConsoleModifiers.Control) ? ControlKeyStates.LeftCtrlPressed : 0;
        return new KeyInfo((int)key.Key, key.KeyChar, states, keyDown: options.HasFlag(ReadKeyOptions.IncludeKeyDown));
    }

    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
        {
            _ = Console.ReadKey(intercept: true);
        }
    }

    public override int LengthInBufferCells(char source) => CellWidth.Of(source);

    public override int LengthInBufferCells(string source) => CellWidth.Of(source);

    public override int LengthInBufferCells(string source, int offset) => CellWidth.Of(source.AsSpan(offset));

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw Refused("read a terminal's cells");

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw Refused("paint a terminal's cells");

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw Refused("paint a terminal's cells");

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
        throw Refused("scroll a terminal's cells");

    private static PSNotSupportedException Refused(string what) => new($"This shell cannot {what}.");
}

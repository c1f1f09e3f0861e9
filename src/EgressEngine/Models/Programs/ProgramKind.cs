namespace Egress.Models.Programs;

/// <summary>What a model file with a whole program is.</summary>
public enum ProgramKind
{
    /// <summary>TorchScript, which libtorch interprets: what <c>torch.jit.save</c> writes.</summary>
    TorchScript,

    /// <summary>A package of native code for one kind of device: what AOTInductor's <c>aoti_compile_and_package</c> writes.</summary>
    Compiled,
}

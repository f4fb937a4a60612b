#include "textflag.h"
#include "funcdata.h"

// func callGo(f func())
TEXT ·callGo(SB), 0, $16-8
	NO_LOCAL_POINTERS
	MOVD f+0(FP), R26
	MOVD (R26), R1
	CALL (R1)
	RET

// func callGoArgs(n int, s string, f func(), b [3]byte) (r int)
TEXT ·callGoArgs(SB), 0, $4096-48
	NO_LOCAL_POINTERS
	MOVD ZR, r+40(FP)
	MOVD f+24(FP), R26
	MOVD (R26), R1
	CALL (R1)
	RET

// func callGoNoFrame(f func())
TEXT ·callGoNoFrame(SB), NOSPLIT, $0-8
	NO_LOCAL_POINTERS
	MOVD f+0(FP), R26
	MOVD (R26), R1
	CALL (R1)
	RET

// func jumpGo(f func())
TEXT ·jumpGo(SB), NOSPLIT|NOFRAME, $0-8
	MOVD f+0(FP), R26
	MOVD (R26), R1
	JMP (R1)

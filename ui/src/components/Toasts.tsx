import { Toast } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { classes } from '~/components/classes'
import { messageOf } from '~/lib/api'

const manager = Toast.createToastManager()

interface Action {
  label: string
  run: () => void
}

export function notify(text: string, action?: Action): void {
  const id = manager.add({
    title: text,
    timeout: action ? 9000 : 4000,
    actionProps: action && {
      children: action.label,
      onClick: () => {
        manager.close(id)
        action.run()
      },
    },
  })
}

export function notifyError(error: unknown): void {
  manager.add({ title: messageOf(error), type: 'error', priority: 'high', timeout: 9000 })
}

export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex w-90 max-w-[calc(100vw-32px)] flex-col gap-2">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="popup flex items-center gap-2 py-2 pr-2 pl-3 transition-[opacity,translate] duration-200 ease-out data-[ending-style]:opacity-0 data-[starting-style]:translate-y-2 data-[starting-style]:opacity-0"
    >
      <Toast.Title
        className={classes(
          'min-w-0 flex-1 [overflow-wrap:anywhere]',
          toast.type === 'error' && 'text-bad',
        )}
      />
      {toast.actionProps && (
        <Toast.Action className="rounded-md px-2 py-0.5 font-medium text-accent hover:bg-hover" />
      )}
      <Toast.Close
        aria-label="Dismiss"
        className="rounded-md p-1 text-faint hover:bg-hover hover:text-ink"
      >
        <X size={13} />
      </Toast.Close>
    </Toast.Root>
  ))
}

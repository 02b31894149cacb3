import { useEffect, useRef } from 'preact/hooks';
import { useTill } from './context.ts';
import { useLive } from './use-live.ts';

const LABELS = { phone: 'Phone', email: 'E-mail', notes: 'Note' } as const;

/** Shows the first field that two people changed at once, until somebody has said which value counts. */
export function ClashDialog() {
  const { stores, edits } = useTill();
  const dialog = useRef<HTMLDialogElement>(null);
  const [clash] = edits.clashes.value;
  const customer = useLive(() => stores.customer.findOne(clash?.customerId ?? '').$, null, [stores, clash?.customerId]);
  useEffect(() => {
    if (clash === undefined) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [clash]);
  if (clash === undefined) return null;
  return (
    <dialog ref={dialog} aria-labelledby="clash" onCancel={(event) => event.preventDefault()}>
      <h2 id="clash">{LABELS[clash.field]} was changed twice</h2>
      <p>
        Somebody else changed it for <strong>{customer?.name ?? clash.customerId}</strong> before this till was back.
        Which one is right?
      </p>
      <div class="choices">
        <button type="button" onClick={() => void edits.resolve(clash, 'kept')}>
          <span class="quiet">Theirs, as it is now</span>
          {clash.kept || 'empty'}
        </button>
        <button type="button" onClick={() => void edits.resolve(clash, 'mine')}>
          <span class="quiet">From this till</span>
          {clash.mine || 'empty'}
        </button>
      </div>
    </dialog>
  );
}
